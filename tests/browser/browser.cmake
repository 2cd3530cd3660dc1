# The page of inspect in a real browser. Without Chromium (SCORIA_CHROMIUM, or on the path) it is reported skipped.

find_package(Python3 COMPONENTS Interpreter QUIET)
if(Python3_EXECUTABLE AND TARGET inspect AND TARGET pretrain)
  add_test(NAME browser_inspect COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/inspect_page.py --inspect
                                        $<TARGET_FILE:inspect> --pretrain $<TARGET_FILE:pretrain>)
  set_tests_properties(browser_inspect PROPERTIES LABELS browser SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()

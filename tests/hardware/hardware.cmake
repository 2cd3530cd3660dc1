# Real GPU compilers without the GPUs; skipped by name where a driver or what pretends its GPU is missing.
include(${CMAKE_CURRENT_LIST_DIR}/fake_gpu/fake_gpu.cmake)
if(TARGET doctor)
  find_package(Python3 COMPONENTS Interpreter QUIET)
  if(Python3_FOUND)
    foreach(test compile lavapipe)
      add_test(NAME hardware_${test} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/${test}.py --doctor
                                             $<TARGET_FILE:doctor>)
      set_tests_properties(hardware_${test} PROPERTIES LABELS hardware SKIP_RETURN_CODE 77 TIMEOUT 3600)
    endforeach()
  endif()
endif()

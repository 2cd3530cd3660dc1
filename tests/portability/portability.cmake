# The tests that need no device, in a root of Debian 13: its compiler and its libraries. Skipped where it is not asked for
# (tests/run --portability), or debootstrap or the rights of root are missing.
add_test(NAME debian_13 COMMAND ${CMAKE_CURRENT_LIST_DIR}/run --if-asked)
set_tests_properties(debian_13 PROPERTIES LABELS portability SKIP_RETURN_CODE 77 RUN_SERIAL ON TIMEOUT 5400)

# One entry for all fuzz targets: they run beside each other, a minute each (SCORIA_FUZZ_SECONDS), about four minutes in
# all on two cores. Without clang++ it exits 77 and is reported skipped.
add_test(NAME fuzz COMMAND ${CMAKE_CURRENT_LIST_DIR}/run --build ${PROJECT_BINARY_DIR}/fuzz)
set_tests_properties(fuzz PROPERTIES LABELS fuzz SKIP_RETURN_CODE 77 RUN_SERIAL ON TIMEOUT 86400)

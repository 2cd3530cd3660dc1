# Comparisons with PyTorch and transformers. They use the venv that tests/run --parity makes, or a python3 that has them;
# without either they exit 77 and are reported skipped.

find_package(Python3 COMPONENTS Interpreter QUIET)
set(SCORIA_PARITY_PYTHON ${PROJECT_SOURCE_DIR}/build/parity-venv/bin/python)
if(NOT EXISTS ${SCORIA_PARITY_PYTHON})
  set(SCORIA_PARITY_PYTHON ${Python3_EXECUTABLE})
endif()

foreach(program bert_dump bert_resave finetune_dump heads_dump metrics_dump tokenizer_dump)
  add_executable(${program} ${CMAKE_CURRENT_LIST_DIR}/${program}.cpp)
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${program} PRIVATE ${SCORIA_WARNINGS})
  target_link_libraries(${program} PRIVATE scoria::scoria fmt::fmt nlohmann_json::nlohmann_json)
endforeach()

# scoria_parity(name arguments...)
function(scoria_parity name)
  if(SCORIA_PARITY_PYTHON)
    add_test(NAME parity_${name} COMMAND ${SCORIA_PARITY_PYTHON} ${ARGN})
    set_tests_properties(parity_${name} PROPERTIES LABELS parity SKIP_RETURN_CODE 77 TIMEOUT 1800)
  endif()
endfunction()

foreach(device cpu llvmpipe)
  if(TARGET predict)
    scoria_parity(sentence_${device} ${CMAKE_CURRENT_LIST_DIR}/sentence_parity.py --predict $<TARGET_FILE:predict> --device ${device})
    scoria_parity(predict_${device} ${CMAKE_CURRENT_LIST_DIR}/predict_parity.py --predict $<TARGET_FILE:predict> --device ${device})
  endif()
  scoria_parity(bert_${device} ${CMAKE_CURRENT_LIST_DIR}/bert_parity.py --dump $<TARGET_FILE:bert_dump> --device ${device})
  scoria_parity(finetune_${device} ${CMAKE_CURRENT_LIST_DIR}/finetune_parity.py --dump $<TARGET_FILE:finetune_dump> --device ${device})
  scoria_parity(heads_${device} ${CMAKE_CURRENT_LIST_DIR}/heads_parity.py --dump $<TARGET_FILE:heads_dump> --device ${device})
endforeach()
scoria_parity(tokenizer_files ${CMAKE_CURRENT_LIST_DIR}/tokenizer_files_parity.py --dump $<TARGET_FILE:tokenizer_dump>)
if(TARGET predict)
  scoria_parity(config ${CMAKE_CURRENT_LIST_DIR}/config_parity.py --dump $<TARGET_FILE:heads_dump> --predict $<TARGET_FILE:predict>)
endif()
scoria_parity(metrics ${CMAKE_CURRENT_LIST_DIR}/metrics_parity.py --dump $<TARGET_FILE:metrics_dump>)
scoria_parity(files ${CMAKE_CURRENT_LIST_DIR}/files_parity.py --resave $<TARGET_FILE:bert_resave>)
if(TARGET pretrain)
  scoria_parity(folder ${CMAKE_CURRENT_LIST_DIR}/folder_parity.py --pretrain $<TARGET_FILE:pretrain>)
endif()

if(TARGET finetune)
  scoria_parity(finetuned ${CMAKE_CURRENT_LIST_DIR}/finetuned_parity.py --finetune $<TARGET_FILE:finetune>)
endif()

if(TARGET tokenize)
  scoria_parity(tokenizer ${CMAKE_CURRENT_LIST_DIR}/tokenizer_parity.py --tokenize $<TARGET_FILE:tokenize>)
  scoria_parity(unigram ${CMAKE_CURRENT_LIST_DIR}/unigram_parity.py --tokenize $<TARGET_FILE:tokenize>)
  scoria_parity(vocabulary ${CMAKE_CURRENT_LIST_DIR}/vocabulary_parity.py --tokenize $<TARGET_FILE:tokenize>)
endif()
scoria_parity(unicode_tables ${CMAKE_CURRENT_LIST_DIR}/unicode_tables.py --check
              ${PROJECT_SOURCE_DIR}/src/text/unicode_tables.h)

scoria_parity(grapheme_tables ${CMAKE_CURRENT_LIST_DIR}/grapheme_tables.py --check
              ${PROJECT_SOURCE_DIR}/src/text/grapheme_tables.h)

if(TARGET prepare)
  scoria_parity(pretraining_data ${CMAKE_CURRENT_LIST_DIR}/pretraining_data_parity.py --prepare
                $<TARGET_FILE:prepare>)
endif()

if(TARGET inspect)
  foreach(device cpu llvmpipe)
    scoria_parity(inspect_${device} ${CMAKE_CURRENT_LIST_DIR}/inspect_parity.py --inspect $<TARGET_FILE:inspect> --device ${device})
  endforeach()
endif()

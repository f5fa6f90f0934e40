# A folder is a library: every .c file in it (but main.c), one public header, the libraries it may lean on.
function(hutong_library name)
    cmake_parse_arguments(ARG "" "" "USES;LIBRARIES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.c)
    list(FILTER sources EXCLUDE REGEX "/main\\.c$")
    add_library(hutong_${name} STATIC ${sources})
    target_include_directories(hutong_${name} PUBLIC ${CMAKE_SOURCE_DIR})
    list(TRANSFORM ARG_USES PREPEND hutong_)
    target_link_libraries(hutong_${name} PUBLIC ${ARG_USES} PRIVATE ${ARG_LIBRARIES})
endfunction()

# data/schema/*.sql and data/query/*.sql become C tables, so that the binary carries its SQL.
function(hutong_embed_sql name)
    file(GLOB sql CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/data/schema/*.sql ${CMAKE_SOURCE_DIR}/data/query/*.sql)
    set(dir ${CMAKE_BINARY_DIR}/generated)
    add_custom_command(
        OUTPUT ${dir}/data/queries.h ${dir}/data/queries.c
        COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/embed_sql.sh ${CMAKE_SOURCE_DIR}/data ${dir}/data
        DEPENDS ${sql} ${CMAKE_SOURCE_DIR}/cmake/embed_sql.sh
        VERBATIM)
    target_sources(hutong_${name} PRIVATE ${dir}/data/queries.c ${dir}/data/queries.h)
    target_include_directories(hutong_${name} PUBLIC ${dir})
    add_custom_target(hutong_queries DEPENDS ${dir}/data/queries.h)
    add_dependencies(hutong_${name} hutong_queries)
endfunction()

# sensors/mapping/*.json become a C table, so that the binary carries the mappings that ship with it.
function(hutong_embed_mappings name)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sensors/mapping/*.json)
    set(out ${CMAKE_BINARY_DIR}/generated/sensors_mapping_files.c)
    add_custom_command(
        OUTPUT ${out}
        COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/embed_mappings.sh ${CMAKE_SOURCE_DIR}/sensors/mapping ${out}
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_mappings.sh
        VERBATIM)
    target_sources(hutong_${name} PRIVATE ${out})
endfunction()

# web/dist becomes one object file and a table of names. Without Node the page is left out, aloud (make build wants it).
function(hutong_embed_web name)
    set(dir ${CMAKE_BINARY_DIR}/generated/api)
    set(dist ${CMAKE_SOURCE_DIR}/web/dist)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${dist}/*)
    add_custom_command(
        OUTPUT ${dir}/web_files.S ${dir}/web_files.c
        COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/embed_web.sh ${dist} ${dir}
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_web.sh
        VERBATIM)
    target_sources(hutong_${name} PRIVATE ${dir}/web_files.S ${dir}/web_files.c)
endfunction()

# A text file as a C string: cli/x_y.sql becomes const char cli_x_y_sql[].
function(hutong_embed_text name file)
    string(REGEX REPLACE "[/.]" "_" symbol ${file})
    set(out ${CMAKE_BINARY_DIR}/generated/${symbol}.c)
    add_custom_command(
        OUTPUT ${out}
        COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/embed_text.sh ${CMAKE_SOURCE_DIR}/${file} ${symbol} ${out}
        DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/cmake/embed_text.sh
        VERBATIM)
    target_sources(hutong_${name} PRIVATE ${out})
endfunction()

# A .proto file as C (protoc-c): sensors/x.proto becomes sensors/x.pb-c.h in the include path, and its code.
function(hutong_embed_proto name file)
    find_program(PROTOC_C protoc-c REQUIRED)
    string(REGEX REPLACE "\\.proto$" ".pb-c" stem ${file})
    set(dir ${CMAKE_BINARY_DIR}/generated)
    add_custom_command(
        OUTPUT ${dir}/${stem}.c ${dir}/${stem}.h
        COMMAND ${CMAKE_COMMAND} -E make_directory ${dir}
        COMMAND ${PROTOC_C} --c_out=${dir} --proto_path=${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/${file}
        DEPENDS ${CMAKE_SOURCE_DIR}/${file}
        VERBATIM)
    target_sources(hutong_${name} PRIVATE ${dir}/${stem}.c ${dir}/${stem}.h)
    target_include_directories(hutong_${name} PRIVATE ${dir})
    add_custom_target(hutong_protos DEPENDS ${dir}/${stem}.h) # what reads the sources alone needs it, too
endfunction()

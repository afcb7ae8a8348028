# Files that travel inside the program. linli_embed(NAME ROOT dir PATTERNS ... [DEPENDS ...]) makes the library
# linli_embedded_NAME, which defines linli::embedded::NAME() of base/embedded.h.
function(linli_embed name)
  cmake_parse_arguments(E "" "ROOT" "PATTERNS;DEPENDS" ${ARGN})
  set(files)
  foreach(pattern ${E_PATTERNS})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${E_ROOT}/${pattern})
    list(APPEND files ${found})
  endforeach()
  set(out ${CMAKE_BINARY_DIR}/embedded)
  string(REPLACE ";" "," patterns "${E_PATTERNS}")  # a list would not survive the command line
  add_custom_command(
    OUTPUT ${out}/${name}.S ${out}/${name}.cpp
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DROOT=${E_ROOT} "-DPATTERNS=${patterns}" -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${E_DEPENDS} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding ${name}" VERBATIM)
  add_library(linli_embedded_${name} STATIC ${out}/${name}.S ${out}/${name}.cpp)
  target_include_directories(linli_embedded_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
endfunction()

linli_embed(migrations ROOT ${CMAKE_SOURCE_DIR}/src/store/migrations PATTERNS *.sql)
linli_embed(messages   ROOT ${CMAKE_SOURCE_DIR}/data/messages PATTERNS *.toml)
linli_embed(lexicon    ROOT ${CMAKE_SOURCE_DIR}/data/lexicon PATTERNS *)
linli_embed(model      ROOT ${CMAKE_SOURCE_DIR}/data/model PATTERNS *.bin)
linli_embed(demo       ROOT ${CMAKE_SOURCE_DIR}/data/demo PATTERNS *.jsonl *.csv)
linli_embed(knowledge  ROOT ${CMAKE_SOURCE_DIR}/data/knowledge PATTERNS starter.csv)
linli_embed(prompts    ROOT ${CMAKE_SOURCE_DIR}/data/prompts PATTERNS *.toml)
linli_embed(companion  ROOT ${CMAKE_SOURCE_DIR}/data/companion PATTERNS *.toml)
linli_embed(pages      ROOT ${CMAKE_SOURCE_DIR}/src/leads/train/pages PATTERNS *.html)

# The web console: built by npm into the build folder, then embedded. Without it (LINLI_WEB=OFF) the table is empty
# and the program answers / with a line that says so.
set(web_dist ${CMAKE_BINARY_DIR}/web)
if(LINLI_WEB)
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/*)
  file(GLOB web_config CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*.html ${CMAKE_SOURCE_DIR}/web/*.ts ${CMAKE_SOURCE_DIR}/web/package*.json)
  add_custom_command(
    OUTPUT ${web_dist}/.built
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/with-node npm --prefix ${CMAKE_SOURCE_DIR}/web run build -- --outDir ${web_dist} --emptyOutDir
    COMMAND ${CMAKE_COMMAND} -E touch ${web_dist}/.built
    DEPENDS ${web_sources} ${web_config}
    COMMENT "Building the web console" USES_TERMINAL VERBATIM)
  linli_embed(web ROOT ${web_dist} PATTERNS *.html *.js *.css *.svg *.woff2 *.png *.ico *.webmanifest *.json DEPENDS ${web_dist}/.built)
else()
  linli_embed(web ROOT ${web_dist} PATTERNS *.none)
endif()

# The residents' pages (miniapp/, H5), in the same way. Where their packages are not installed they are left out and /r/
# says so: who works on the server alone need not have them.
set(residents_dist ${CMAKE_BINARY_DIR}/residents)
if(LINLI_WEB AND EXISTS ${CMAKE_SOURCE_DIR}/miniapp/node_modules)
  file(GLOB_RECURSE residents_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/miniapp/src/*)
  file(GLOB residents_config CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/miniapp/*.html ${CMAKE_SOURCE_DIR}/miniapp/*.ts ${CMAKE_SOURCE_DIR}/miniapp/package*.json)
  add_custom_command(
    OUTPUT ${residents_dist}/.built
    COMMAND ${CMAKE_COMMAND} -E env UNI_OUTPUT_DIR=${residents_dist} ${CMAKE_SOURCE_DIR}/scripts/with-node npm --prefix ${CMAKE_SOURCE_DIR}/miniapp run --silent build
    COMMAND ${CMAKE_COMMAND} -E touch ${residents_dist}/.built
    DEPENDS ${residents_sources} ${residents_config}
    COMMENT "Building the residents' pages" VERBATIM)
  linli_embed(residents ROOT ${residents_dist} PATTERNS *.html *.js *.css *.svg *.png DEPENDS ${residents_dist}/.built)
else()
  if(LINLI_WEB)
    message(STATUS "The residents' pages are left out: miniapp/node_modules is missing (scripts/bootstrap installs it)")
  endif()
  linli_embed(residents ROOT ${residents_dist} PATTERNS *.none)
endif()

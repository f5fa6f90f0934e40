/* The built page as cmake/embed_web.sh puts it into the program. Private to api/. */
#ifndef HUTONG_API_WEB_FILES_H
#define HUTONG_API_WEB_FILES_H

struct api_web_file {
    const char *path; /* "/index.html"; NULL ends the list */
    const unsigned char *at, *end;
};

extern const struct api_web_file api_web_files[];

#endif

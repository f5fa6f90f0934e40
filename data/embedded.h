/* The SQL files as the build embeds them (cmake/embed_sql.sh). Private to data/. */
#ifndef HUTONG_DATA_EMBEDDED_H
#define HUTONG_DATA_EMBEDDED_H

struct data_embedded {
    const char *name; /* the file's name without .sql; NULL ends the list */
    const char *sql;
};

extern const struct data_embedded data_embedded_queries[];
extern const struct data_embedded data_embedded_migrations[];

#endif

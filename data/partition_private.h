/* The tables of facts: how each is divided, and which option says how long it is kept. Private to data/. */
#ifndef HUTONG_DATA_PARTITION_PRIVATE_H
#define HUTONG_DATA_PARTITION_PRIVATE_H

#include "data/conn_private.h"

struct data_partition_table {
    const char *name;
    bool by_month; /* of recorded_at; else by day of t_event, of windows t_from */
    bool ahead;    /* somebody writes it: partitions are made ahead of time */
    bool sourced;  /* its rows name a source, whose own retention may be shorter */
    enum data_keep keep;
};

enum { DATA_PARTITION_TABLES = 13 };
extern const struct data_partition_table data_partition_tables[DATA_PARTITION_TABLES];

#endif

/* Memory for jansson's trees. Private to base/. */
#ifndef HUTONG_BASE_JSON_POOL_H
#define HUTONG_BASE_JSON_POOL_H

/* Before the first tree of the process; cheap afterwards. */
void base_json_pool(void);

#endif

/* api: the HTTP server - tiles, estates, dossiers, the stream of assets, health, metrics, and the screens themselves.
 *
 * Job        one struct api_server is one listening port with its threads: an epoll pool that never waits for the
 *            database, workers with a connection each that do, a hub that follows the assets, a guard against slow
 *            clients.
 * Ownership  ret_server is yours; api_server_free stops everything and ends open streams.
 * Threads    new and free by one thread; everything else is inside.
 * Errors     USAGE when the address may not be served, CONFLICT when the port is taken, IO. A database that is away
 *            is no error here: requests get 503 until it is back.
 * Users      there are none yet, so only loopback addresses are served, and everyone there may see everything.
 */
#ifndef HUTONG_API_H
#define HUTONG_API_H

#include "base/base.h"

struct api_config {
    const char *bind;     /* a loopback address or "localhost"; NULL: 127.0.0.1 */
    int port;             /* 0: any free one */
    const char *database; /* conninfo; NULL: HUTONG_DATABASE */
    const char *version;  /* shown by /metrics */
    int workers;          /* database connections; 0: 4 */
    int connections;      /* most clients at once; 0: 1024 */
};

struct api_server;

enum base_err api_server_new(const struct api_config *config, struct base_diag *diag,
                             struct api_server **ret_server) BASE_MUST_CHECK;
void api_server_free(struct api_server *server);
BASE_AUTO_FREE(api_server)
const char *api_server_url(const struct api_server *server); /* "http://127.0.0.1:8080" */

#endif

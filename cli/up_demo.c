/* --demo: writes the generated district, imports it like any other file, and opens the sources and shifts of its
 * devices. */
#include "cli/up.h"

enum base_err cli_up_demo_prepare(const struct cli_up *up, struct base_diag *diag)
{
    (void)up;
    return base_diag_set(diag, BASE_UNSUPPORTED, "--demo: the district generator is not in this build");
}

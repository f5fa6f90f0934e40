/* Runs a fuzz target over its corpus without a fuzzer: every file of the folders and files named. */
#include "base/base.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 16 << 20);
    struct base_diag diag;
    if (base_file_read(path, 8 << 20, &diag, &file)) {
        fprintf(stderr, "replay: %s\n", diag.text);
        return 1;
    }
    /* An exact copy on the heap, so that AddressSanitizer sees every byte read past the end. */
    uint8_t *exact = malloc(file.len ? file.len : 1);
    if (!exact) {
        return 1;
    }
    if (file.len) {
        memcpy(exact, file.data, file.len);
    }
    LLVMFuzzerTestOneInput(exact, file.len);
    free(exact);
    return 0;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) {
        return replay(path);
    }
    int count = 0;
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] != '.') {
            char name[4096];
            snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
            failed |= replay(name);
            count++;
        }
    }
    closedir(folder);
    printf("%s: %d inputs\n", path, count);
    return failed || count == 0; /* a corpus that went missing must not look like a pass */
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        failed |= replay_folder(argv[i]);
    }
    return failed;
}

/* Who runs the private servers: ourselves, or, when we are root, somebody with fewer rights. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum base_err cli_user_find(struct base_diag *diag, struct cli_user *ret_user)
{
    static const char *const names[] = {"postgres", "nobody"};
    if (geteuid() != 0) {
        *ret_user = (struct cli_user){.uid = geteuid(), .gid = getegid(), .name = ""};
        return BASE_OK;
    }
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        const struct passwd *entry = getpwnam(names[i]);
        if (entry && entry->pw_uid != 0) {
            *ret_user = (struct cli_user){.drop = true, .uid = entry->pw_uid, .gid = entry->pw_gid, .name = names[i]};
            return BASE_OK;
        }
    }
    return base_diag_set(diag, BASE_NOT_FOUND,
                         "PostgreSQL does not run as root, and there is neither a user \"postgres\" nor \"nobody\"; "
                         "run hutong as an ordinary user");
}

bool cli_user_reaches(const struct cli_user *user, const char *directory)
{
    if (!user->drop) {
        return access(directory, W_OK | X_OK) == 0;
    }
    pid_t pid = fork();
    if (pid == 0) {
        bool good = setgroups(1, &user->gid) == 0 && setgid(user->gid) == 0 && setuid(user->uid) == 0 &&
                    access(directory, X_OK) == 0; /* we make what it owns: it only has to get there */
        _exit(good ? 0 : 1);
    }
    int status = 1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

enum base_err cli_user_mkdir(const struct cli_user *user, const char *directory, struct base_diag *diag)
{
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return base_diag_set(diag, BASE_IO, "%s: %s", directory, strerror(errno));
    }
    /* Not through a link that somebody else has laid: the directory may lie in /tmp. */
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        int why = errno;
        if (fd >= 0) {
            close(fd);
        }
        return base_diag_set(diag, BASE_IO, "%s: %s", directory, strerror(why));
    }
    enum base_err err = BASE_OK;
    if (info.st_uid != geteuid() && info.st_uid != user->uid) {
        err = base_diag_set(diag, BASE_CONFLICT, "%s belongs to another user (%d); move it away", directory,
                            (int)info.st_uid);
    } else if (user->drop && fchown(fd, user->uid, user->gid) != 0) {
        err = base_diag_set(diag, BASE_IO, "%s: %s", directory, strerror(errno));
    }
    close(fd);
    return err;
}

enum base_err cli_user_write(const struct cli_user *user, const char *path, const void *data, size_t len,
                             struct base_diag *diag)
{
    enum base_err err = base_file_write(path, 0600, data, len, diag);
    if (!err && user->drop && chown(path, user->uid, user->gid) != 0) {
        err = base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
    }
    return err;
}

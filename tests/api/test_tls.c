/* api/tls.c: HTTPS by the server itself: what curl makes of it, old versions and wrong files refused. */
#include "fixture/serving.h"

#include <sys/stat.h>
#include <sys/wait.h>

static char certificate[300], key[300], other_key[300];

/* Runs a command of the shell; its exit code, with what it said in text. */
static int shell(const char *command, char *text, size_t size)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(text, 1, size - 1, pipe);
    text[len] = '\0';
    return WEXITSTATUS(pclose(pipe));
}

static int make_files(void **state)
{
    (void)state;
    char command[2000], said[1000];
    const char *dir = fixture_scratch();
    snprintf(certificate, sizeof certificate, "%s/cert.pem", dir);
    snprintf(key, sizeof key, "%s/key.pem", dir);
    snprintf(other_key, sizeof other_key, "%s/other.pem", dir);
    snprintf(command, sizeof command,
             "umask 077; openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
             " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s -out %s 2>&1 &&"
             " openssl genrsa -out %s 2048 2>&1",
             key, certificate, other_key);
    return shell(command, said, sizeof said);
}

static struct api_config with_files(const char *cert, const char *private_key)
{
    return (struct api_config){.database = fixture_database(), .tls_cert = cert, .tls_key = private_key};
}

static void https_and_nothing_else(void **state)
{
    (void)state;
    char command[2000], said[4000];
    struct test_server on = test_server_on(fixture_database(), with_files(certificate, key));
    assert_int_equal(strncmp(api_server_url(on.server), "https://", 8), 0);
    snprintf(command, sizeof command, "curl -sS -i --cacert %s https://localhost:%d/healthz 2>&1", certificate,
             on.port);
    assert_int_equal(shell(command, said, sizeof said), 0);
    assert_non_null(strstr(said, " 200 "));
    assert_non_null(strcasestr(said, "Strict-Transport-Security: max-age="));
    snprintf(command, sizeof command, "curl -sS --tls-max 1.1 --cacert %s https://localhost:%d/healthz 2>&1",
             certificate, on.port);
    assert_int_not_equal(shell(command, said, sizeof said), 0);
    snprintf(command, sizeof command, "curl -sS --max-time 2 http://localhost:%d/healthz 2>&1", on.port);
    assert_int_not_equal(shell(command, said, sizeof said), 0);
    api_server_free(on.server);
}

static void refuse(const char *cert, const char *private_key, enum base_err err, const char *words)
{
    struct api_server *server = NULL;
    struct api_config config = with_files(cert, private_key);
    assert_int_equal(api_server_new(&config, &test_diag, &server), err);
    assert_non_null(strstr(test_diag.text, words));
}

static void wrong_files(void **state)
{
    (void)state;
    refuse(certificate, NULL, BASE_USAGE, "go together");
    refuse(NULL, key, BASE_USAGE, "go together");
    refuse("/nowhere/cert.pem", key, BASE_NOT_FOUND, "/nowhere/cert.pem");
    refuse(key, key, BASE_INVALID, "BEGIN CERTIFICATE");
    refuse(certificate, other_key, BASE_IO, "belong together");
    assert_int_equal(chmod(key, 0644), 0);
    refuse(certificate, key, BASE_INVALID, "chmod 600");
    assert_int_equal(chmod(key, 0600), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(https_and_nothing_else),
        cmocka_unit_test(wrong_files),
    };
    return cmocka_run_group_tests(tests, make_files, NULL);
}

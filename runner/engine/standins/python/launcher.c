/* The interpreter's executable: Debian's shared libpython with the upstream `site` module.
 *
 * Debian's libpython carries a frozen `site` that looks for packages in dist-packages under /usr.
 * PyImport_FrozenModules is the documented way for an embedder to put another one in its place;
 * site.h holds upstream's as bytes (see relocate.py). Declared by hand: no Python headers needed. */
#include "site.h"

struct _frozen {
    const char *name;
    const unsigned char *code;
    int size;
    int is_package;
    void *(*get_code)(void);
};
extern const struct _frozen *PyImport_FrozenModules;
extern int Py_BytesMain(int argc, char **argv);

static const struct _frozen modules[] = {
    {"site", site_code, SITE_SIZE, 0, 0},
    {0, 0, 0, 0, 0},
};

int main(int argc, char **argv)
{
    PyImport_FrozenModules = modules;
    return Py_BytesMain(argc, argv);
}

#include "api/access_kit.h"
int main(void)
{
    return 0;
}

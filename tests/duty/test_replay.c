#include "duty/judge_kit.h"
int main(void){ return 0; }

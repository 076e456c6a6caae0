#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cpu_table.h"

#define KERNELS cpu_table_baseline
#define PRODUCT_VECTORS 1
#define KERNELS_NAME "baseline"
#include "body/table.h"

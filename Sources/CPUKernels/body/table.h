// Every kernel of one instruction set. The including file sets the compiler's target, and defines
// KERNELS as the table's name and KERNELS_NAME as what people read.
#include "vector.h"
#include "tape.h"
#include "rows.h"
#include "product.h"
#include "attention.h"
#include "sums.h"

const cpu_table KERNELS = {
    .name = KERNELS_NAME,
    .run_tape = run_tape,
    .pack = product_pack,
    .packs = product_packs,
    .product = product,
    .softmax = softmax,
    .softmax_gradient = softmax_gradient,
    .rms_norm = rms_norm,
    .rms_norm_gradient = rms_norm_gradient,
    .layer_norm = layer_norm,
    .layer_norm_gradient = layer_norm_gradient,
    .rotary = rotary,
    .cross_entropy = cross_entropy,
    .attention = attention,
    .attention_gradient = attention_gradient,
    .sum = sum,
    .largest = largest,
    .scatter_add = scatter_add,
};

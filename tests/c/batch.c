/* Three samples at once give what each gives alone, and what cannot be is refused. 0 if all is so, else a line number. */

#include <stdlib.h>
#include <string.h>

#include "clothes.h"

#define SAMPLES 3
#define HOLDS(condition) if (!(condition)) return __LINE__

static float inputs[SAMPLES][CLOTHES_INPUT_LEN], outputs[SAMPLES][CLOTHES_OUTPUT_LEN];

int main(void) {
    float output[CLOTHES_OUTPUT_LEN];
    float *workspace = (float *)malloc(clothes_workspace_len(SAMPLES) * sizeof(float));
    size_t i, sample;
    for (i = 0; i < SAMPLES * CLOTHES_INPUT_LEN; i++) {
        (&inputs[0][0])[i] = (float)(i * 37 % 101) / 100.0f;
    }
    HOLDS(clothes_predict_batch(SAMPLES, inputs[0], outputs[0], workspace) == CLOTHES_OK);
    for (sample = 0; sample < SAMPLES; sample++) {
        HOLDS(clothes_predict(inputs[sample], output, workspace) == CLOTHES_OK);
        for (i = 0; i < CLOTHES_OUTPUT_LEN; i++) {
            float difference = output[i] - outputs[sample][i];
            HOLDS(difference < 1e-6f && difference > -1e-6f);
        }
    }
    HOLDS(clothes_workspace_len(1) == CLOTHES_WORKSPACE_LEN);
    HOLDS(clothes_workspace_len((size_t)-1) == 0);
    HOLDS(clothes_predict(NULL, output, workspace) == CLOTHES_NULL);
    HOLDS(clothes_predict((const float *)((const char *)inputs + 1), output, workspace) == CLOTHES_MISALIGNED);
    HOLDS(clothes_predict(inputs[0], workspace, workspace) == CLOTHES_OVERLAP);
    HOLDS(clothes_predict_batch((size_t)-1, inputs[0], output, workspace) == CLOTHES_TOO_MANY);
    HOLDS(clothes_predict_batch(0, inputs[0], output, workspace) == CLOTHES_OK);
    free(workspace);
    return 0;
}

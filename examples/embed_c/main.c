/* Tells what a picture of clothing shows, by a network that a Rust library brings along.

       main PICTURE.pgm

   Compiles as C and as C++; src/lib.rs has the commands. */

#include <stdio.h>

#include "clothes.h"

static const char *const CLASSES[CLOTHES_OUTPUT_LEN] = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
};

/* Reads a binary PGM file of 28 by 28 pixels; 0 if it is none. */
static int read_picture(const char *path, float *picture) {
    int width = 0, height = 0, brightest = 0;
    unsigned char pixels[CLOTHES_INPUT_LEN];
    size_t i, count = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "P5 %d %d %d", &width, &height, &brightest) == 3 && fgetc(file) != EOF) {
        count = fread(pixels, 1, sizeof pixels, file);
    }
    fclose(file);
    if (width != 28 || height != 28 || brightest != 255 || count != sizeof pixels) {
        return 0;
    }
    for (i = 0; i < sizeof pixels; i++) {
        picture[i] = (float)pixels[i] / 255.0f;
    }
    return 1;
}

int main(int count, char **arguments) {
    /* All the memory that a prediction takes. */
    static float picture[CLOTHES_INPUT_LEN], probabilities[CLOTHES_OUTPUT_LEN], workspace[CLOTHES_WORKSPACE_LEN];
    size_t i;
    if (count != 2 || !read_picture(arguments[1], picture)) {
        fprintf(stderr, "usage: %s PICTURE.pgm, of 28 by 28 pixels\n", arguments[0]);
        return 1;
    }
    if (clothes_predict(picture, probabilities, workspace) != CLOTHES_OK) {
        fprintf(stderr, "the network refuses its memory\n");
        return 1;
    }
    for (i = 0; i < CLOTHES_OUTPUT_LEN; i++) {
        /* Nine digits tell every float from its neighbours. */
        printf("%.9g %s\n", (double)probabilities[i], CLASSES[i]);
    }
    return 0;
}

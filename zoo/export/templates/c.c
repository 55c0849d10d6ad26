/* Eight events of @TITLE@ by the C function, compared with those of Keras in golden.bin.
   Build: cc -O2 example.c @FILE@ -o example -lm. Run: ./example [folder of golden.bin]; it returns 0 if they agree. */
#include <math.h>
#include <stdio.h>

float *@NAME@(float *out, const float *in, const float *random);

enum { EVENTS = @EVENTS@, NOISE = @NOISE@, CONDITIONS = @CONDITIONS@, NUMBERS = @NUMBERS@ };
static const int noise[] = {@NOISE_SIZES@}, conditions[] = {@CONDITION_SIZES@ 0}, numbers[] = {@NUMBER_SIZES@};
static float in[EVENTS][CONDITIONS + 1], random_numbers[EVENTS][NOISE], expected[EVENTS][NUMBERS], out[NUMBERS];

/* Reads an array (EVENTS, size) into columns of rows. */
static int read(FILE *file, float *rows, int width, int column, int size)
{
    int ok = 1;
    for (int event = 0; event < EVENTS; ++event)
        ok &= fread(rows + event * width + column, sizeof(float), size, file) == (size_t)size;
    return ok;
}

int main(int argc, char **argv)
{
    char path[4096];
    int ok = 1, column = 0;
    double worst = 0;
    snprintf(path, sizeof path, "%s/golden.bin", argc > 1 ? argv[1] : ".");
    FILE *file = fopen(path, "rb");
    if (!file) return perror(path), 1;
    for (unsigned i = 0; i < sizeof noise / sizeof *noise; column += noise[i++])
        ok &= read(file, random_numbers[0], NOISE, column, noise[i]);
    column = 0;
    for (unsigned i = 0; conditions[i]; column += conditions[i++])
        ok &= read(file, in[0], CONDITIONS + 1, column, conditions[i]);
    column = 0;
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; column += numbers[i++])
        ok &= read(file, expected[0], NUMBERS, column, numbers[i]);
    fclose(file);

    for (int first = 0, i = 0; first < NUMBERS; first += numbers[i++]) {
        double largest = 0, difference = 0;
        for (int event = 0; event < EVENTS; ++event) {
            @NAME@(out, in[event], random_numbers[event]);
            for (int k = first; k < first + numbers[i]; ++k) {
                largest = fmax(largest, fabs(expected[event][k]));
                difference = fmax(difference, fabs(out[k] - expected[event][k]));
            }
        }
        worst = fmax(worst, difference / largest);
    }
    printf("@NAME@: %d events, off by %.2g of the largest value\n", EVENTS, worst);
    return ok && worst <= @TOLERANCE@ ? 0 : 1;
}

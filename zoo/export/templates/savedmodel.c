/* Eight events of @TITLE@ by TensorFlow's C interface, compared with those of Keras in golden.bin.
   The library and its headers come with the Python package: with T=$(python -c "import tensorflow, os;
   print(os.path.dirname(tensorflow.__file__))") build by
   cc -I$T/include example.c -o example $T/libtensorflow_cc.so.2 $T/libtensorflow_framework.so.2 -Wl,-rpath,$T -lm
   Run: ./example [folder of saved_model]; it returns 0 if the events agree. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <tensorflow/c/c_api.h>

enum { EVENTS = @EVENTS@, INPUTS = @COUNT_INPUTS@, OUTPUTS = @COUNT_OUTPUTS@ };
/* The operation, its output, and the numbers of one event, in the order of golden.bin. */
static const struct { const char *operation; int index, size; } inputs[] = {@C_INPUTS@}, outputs[] = {@C_OUTPUTS@};

static void check(TF_Status *status)
{
    if (TF_GetCode(status) != TF_OK) fprintf(stderr, "%s\n", TF_Message(status)), exit(1);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".", *tags[] = {"serve"};
    char path[4096];
    double worst = 0;
    int ok = 1;
    TF_Status *status = TF_NewStatus();
    TF_Graph *graph = TF_NewGraph();
    TF_SessionOptions *options = TF_NewSessionOptions();
    snprintf(path, sizeof path, "%s/saved_model", folder);
    TF_Session *session = TF_LoadSessionFromSavedModel(options, NULL, path, tags, 1, graph, NULL, status);
    check(status);
    snprintf(path, sizeof path, "%s/golden.bin", folder);
    FILE *file = fopen(path, "rb");
    if (!file) return perror(path), 1;

    TF_Output in[INPUTS], out[OUTPUTS];
    TF_Tensor *given[INPUTS], *found[OUTPUTS];
    for (int i = 0; i < INPUTS; ++i) {
        int64_t shape[] = {EVENTS, inputs[i].size};
        size_t count = (size_t)EVENTS * inputs[i].size;
        in[i] = (TF_Output){TF_GraphOperationByName(graph, inputs[i].operation), inputs[i].index};
        given[i] = TF_AllocateTensor(TF_FLOAT, shape, 2, count * sizeof(float));
        ok &= fread(TF_TensorData(given[i]), sizeof(float), count, file) == count;
    }
    for (int i = 0; i < OUTPUTS; ++i)
        out[i] = (TF_Output){TF_GraphOperationByName(graph, outputs[i].operation), outputs[i].index};
    TF_SessionRun(session, NULL, in, given, INPUTS, out, found, OUTPUTS, NULL, 0, NULL, status);
    check(status);

    for (int i = 0; i < OUTPUTS; ++i) {
        const float *event = TF_TensorData(found[i]);
        double largest = 0, difference = 0;
        for (int k = 0; k < EVENTS * outputs[i].size; ++k) {
            float expected = 0;
            ok &= fread(&expected, sizeof expected, 1, file) == 1;
            largest = fmax(largest, fabs(expected));
            difference = fmax(difference, fabs(event[k] - expected));
        }
        worst = fmax(worst, difference / largest);
    }
    printf("@NAME@: %d events, off by %.2g of the largest value\n", EVENTS, worst);
    return ok && worst <= @TOLERANCE@ ? 0 : 1;
}

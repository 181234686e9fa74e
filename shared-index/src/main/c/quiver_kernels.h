/*
 * The inner loops of the index in C: what dev.quiver.index.vector.Kernels says, which has the layouts. Java calls them
 * through FFM (FfmKernels) and, linked into a native image, through @CFunction (ImageKernels).
 *
 * There is a variant for each kind of processor in one library. The caller names the variant in every call, so there is
 * no state here, and tests can run all that the machine has.
 *
 * Memory needs no alignment beyond that of its elements, rows not even that. Nothing is read or written beyond what the
 * arguments say; arguments are not checked, but for the ordinals.
 */
#ifndef QUIVER_KERNELS_H
#define QUIVER_KERNELS_H

#include <stdint.h>

#if defined(__GNUC__)
#define QUIVER_EXPORT __attribute__((visibility("default")))
#else
#define QUIVER_EXPORT
#endif

/* The interface between Java and C: Java refuses a library of another number. */
#define QUIVER_KERNELS_INTERFACE 1

QUIVER_EXPORT int32_t quiver_kernels_interface(void);

/* Variants are numbered from 0, the fastest first. */
QUIVER_EXPORT int32_t quiver_kernels_variants(void);

/* A name such as "c-avx2", or NULL if this machine cannot run the variant. */
QUIVER_EXPORT const char *quiver_kernels_name(int32_t variant);

/* Scores of count rows from rows + offset on. A row gets the same bits wherever it stands among others. */
QUIVER_EXPORT void quiver_dot(int32_t variant, const void *rows, int64_t offset, int32_t count, const void *query,
                              int32_t dimension, float *scores);
QUIVER_EXPORT void quiver_squared_distance(int32_t variant, const void *rows, int64_t offset, int32_t count,
                                           const void *query, int32_t dimension, float *scores);
QUIVER_EXPORT void quiver_dot_int8(int32_t variant, const void *rows, int64_t offset, int32_t count, const void *query,
                                   int32_t dimension, int32_t *scores);

/*
 * Scores of the rows with these ordinals, each from 0 to limit - 1. Returns the place of the first ordinal that is not,
 * and has then scored nothing; or -1.
 */
QUIVER_EXPORT int32_t quiver_dot_at(int32_t variant, const void *rows, int64_t limit, const int32_t *ordinals,
                                    int32_t count, const void *query, int32_t dimension, float *scores);
QUIVER_EXPORT int32_t quiver_squared_distance_at(int32_t variant, const void *rows, int64_t limit,
                                                 const int32_t *ordinals, int32_t count, const void *query,
                                                 int32_t dimension, float *scores);
QUIVER_EXPORT int32_t quiver_dot_int8_at(int32_t variant, const void *rows, int64_t limit, const int32_t *ordinals,
                                         int32_t count, const void *query, int32_t dimension, int32_t *scores);

/* pairs is even; 32 * pairs bytes of the table are read. */
QUIVER_EXPORT void quiver_estimate(int32_t variant, const void *blocks, int64_t offset, int32_t count, int64_t next,
                                   const uint8_t *table, int32_t pairs, float base, float low, float step,
                                   float threshold, float *estimates, uint64_t *passed);

/* The rows are those from number first on; best and score are written from there on, too. */
QUIVER_EXPORT void quiver_nearest(int32_t variant, const float *rows, int32_t first, int32_t count, int32_t dimension,
                                  const float *panels, int32_t panel_count, const float *bias, int32_t *best,
                                  float *score);

#endif

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
#define QUIVER_KERNELS_INTERFACE 2

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

/*
 * Estimates the rows of the runs from number from to to - 1, each of three numbers: its first block, how many, and the row of its
 * first place. Adds those to the keys, of which size are there, whose bit is set in allowed (which may be NULL) and
 * leaves the largest wanted: an estimate's bits, those of negative ones flipped so that they ascend, above the row.
 * Has room for QUIVER_KEYS_ROOM(wanted) keys. Returns how many keys there are; or -1 - r, having done nothing, if run r
 * is not in limit blocks and so many words of allowed.
 */
#define QUIVER_KEYS_FULL(wanted) ((wanted) + (wanted) / 2 + 64)
#define QUIVER_KEYS_ROOM(wanted) (QUIVER_KEYS_FULL(wanted) + 4 * 64 + 8)
QUIVER_EXPORT int32_t quiver_collect(int32_t variant, const void *blocks, int64_t limit, const int32_t *runs,
                                     const float *bases, int32_t from, int32_t to, const uint8_t *table, int32_t pairs,
                                     float low, float step, const uint64_t *allowed, int64_t words, int32_t wanted,
                                     int32_t size, int64_t *keys);

/* The largest wanted of the keys to the front, in no order. */
QUIVER_EXPORT void quiver_select(int32_t variant, int32_t size, int32_t wanted, int64_t *keys);

/* By four rounds of signs, in place; to the same bits as Rotation.java. */
QUIVER_EXPORT void quiver_rotate(int32_t variant, const float *signs, int32_t dimension, float *x);

/* The rows are those from number first on; best and score are written from there on, too. */
QUIVER_EXPORT void quiver_nearest(int32_t variant, const float *rows, int32_t first, int32_t count, int32_t dimension,
                                  const float *panels, int32_t panel_count, const float *bias, int32_t *best,
                                  float *score);

#endif

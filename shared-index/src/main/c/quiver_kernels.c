/* See quiver_kernels.h. Compile with -O3 -ffp-contract=off: where a product and a sum are to be fused, it says so. */
#include "quiver_kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define BLOCK_ROWS 64
#define PANEL 64

/* Four rows at a time share the loads of the query and overlap their waits for memory. */
#define AT_ONCE 4

/* Four scores of 4 bytes each, floats or integers. */
typedef void score_four(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension, void *scores);

/* Estimates of count consecutive blocks; ahead is where as many lie that come next, or NULL. */
typedef void estimate_blocks(const uint8_t *blocks, int32_t count, const uint8_t *ahead, const uint8_t *table,
                             int32_t pairs, float base, float low, float step, float threshold, float *estimates,
                             uint64_t *passed);

/* The rows of a block whose bits are set, as keys; room for eight more may be written. Returns how many. */
typedef int32_t append_keys(const float *estimates, uint64_t rows, int32_t first_row, int64_t *keys);

/* The largest keys to the front. */
typedef void select_keys(int32_t size, int32_t wanted, int64_t *keys);

typedef void rotate_vector(const float *signs, int32_t dimension, float *x);

typedef void nearest_columns(const float *rows, int32_t count, int32_t dimension, const float *panels,
                             int32_t panel_count, const float *bias, int32_t *best, float *score);

struct variant {
    const char *name;
    int (*runs_here)(void);
    score_four *dot;
    score_four *squared_distance;
    score_four *dot_int8;
    estimate_blocks *estimate;
    nearest_columns *nearest;
    append_keys *append;
    select_keys *select;
    rotate_vector *rotate;
};

static size_t block_bytes(int32_t pairs) {
    return (size_t) BLOCK_ROWS * (size_t) pairs + 8 * BLOCK_ROWS;
}

static float get_float(const uint8_t *p) {
    float f;
    memcpy(&f, p, sizeof f);
    return f;
}

static int16_t get_short(const uint8_t *p) {
    int16_t s;
    memcpy(&s, p, sizeof s);
    return s;
}

static void put_ints(void *to, int32_t a, int32_t b, int32_t c, int32_t d) {
    int32_t four[AT_ONCE] = {a, b, c, d};
    memcpy(to, four, sizeof four);
}

static void put_floats(void *to, float a, float b, float c, float d) {
    float four[AT_ONCE] = {a, b, c, d};
    memcpy(to, four, sizeof four);
}

/* Into the second-level cache, which can wait for more lines at a time than the first. */
static inline void prefetch(const uint8_t *p) {
    __builtin_prefetch(p, 0, 2);
}

static inline void prefetch_range(const uint8_t *p, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 64) {
        prefetch(p + at);
    }
}

/* ---- plain C ------------------------------------------------------------------------------------------------------ */

/* So many partial sums, as compilers may not reorder a sum to vectorize it. */
#define PARTS 16

static float sum_of(const float parts[PARTS]) {
    float sum = 0;
    for (int k = 0; k < PARTS; k++) {
        sum += parts[k];
    }
    return sum;
}

static float dot_plain(const uint8_t *row, const uint8_t *query, int32_t dimension) {
    float parts[PARTS] = {0};
    int32_t i = 0;
    for (; i + PARTS <= dimension; i += PARTS) {
        float x[PARTS];
        float q[PARTS];
        memcpy(x, row + 4 * (size_t) i, sizeof x);
        memcpy(q, query + 4 * (size_t) i, sizeof q);
        for (int k = 0; k < PARTS; k++) {
            parts[k] += x[k] * q[k];
        }
    }
    for (int k = 0; i < dimension; i++, k++) {
        parts[k] += get_float(row + 4 * (size_t) i) * get_float(query + 4 * (size_t) i);
    }
    return sum_of(parts);
}

static float squared_distance_plain(const uint8_t *row, const uint8_t *query, int32_t dimension) {
    float parts[PARTS] = {0};
    int32_t i = 0;
    for (; i + PARTS <= dimension; i += PARTS) {
        float x[PARTS];
        float q[PARTS];
        memcpy(x, row + 4 * (size_t) i, sizeof x);
        memcpy(q, query + 4 * (size_t) i, sizeof q);
        for (int k = 0; k < PARTS; k++) {
            parts[k] += (x[k] - q[k]) * (x[k] - q[k]);
        }
    }
    for (int k = 0; i < dimension; i++, k++) {
        float d = get_float(row + 4 * (size_t) i) - get_float(query + 4 * (size_t) i);
        parts[k] += d * d;
    }
    return sum_of(parts);
}

static int32_t dot_int8_plain(const uint8_t *row, const uint8_t *query, int32_t dimension) {
    int32_t sum = 0;
    for (int32_t i = 0; i < dimension; i++) {
        sum += (int8_t) row[i] * get_short(query + 2 * (size_t) i);
    }
    return sum;
}

static void dot_four_plain(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension, void *scores) {
    put_floats(scores, dot_plain(rows[0], query, dimension), dot_plain(rows[1], query, dimension),
               dot_plain(rows[2], query, dimension), dot_plain(rows[3], query, dimension));
}

static void squared_distance_four_plain(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension,
                                        void *scores) {
    put_floats(scores, squared_distance_plain(rows[0], query, dimension),
               squared_distance_plain(rows[1], query, dimension), squared_distance_plain(rows[2], query, dimension),
               squared_distance_plain(rows[3], query, dimension));
}

static void dot_int8_four_plain(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension,
                                void *scores) {
    put_ints(scores, dot_int8_plain(rows[0], query, dimension), dot_int8_plain(rows[1], query, dimension),
             dot_int8_plain(rows[2], query, dimension), dot_int8_plain(rows[3], query, dimension));
}

static void estimate_plain(const uint8_t *blocks, int32_t count, const uint8_t *ahead, const uint8_t *table,
                           int32_t pairs, float base, float low, float step, float threshold, float *estimates,
                           uint64_t *passed) {
    for (int32_t b = 0; b < count; b++) {
        if (ahead) {
            prefetch_range(ahead + (size_t) b * block_bytes(pairs), block_bytes(pairs));
        }
        const uint8_t *block = blocks + (size_t) b * block_bytes(pairs);
        const uint8_t *tail = block + (size_t) BLOCK_ROWS * (size_t) pairs;
        uint16_t sums[BLOCK_ROWS] = {0};
        for (int32_t p = 0; p < pairs; p++) {
            const uint8_t *entries = table + 32 * (size_t) p;
            for (int place = 0; place < BLOCK_ROWS; place++) {
                uint8_t code = block[(size_t) BLOCK_ROWS * (size_t) p + (size_t) place];
                sums[place] = (uint16_t) (sums[place] + entries[code & 15] + entries[16 + (code >> 4)]);
            }
        }
        uint64_t mask = 0;
        for (int row = 0; row < BLOCK_ROWS; row++) {
            float product = fmaf((float) sums[4 * (row & 15) + (row >> 4)], step, low);
            float estimate = fmaf(get_float(tail + 256 + 4 * row), product, get_float(tail + 4 * row) + base);
            estimates[(size_t) BLOCK_ROWS * (size_t) b + (size_t) row] = estimate;
            mask |= (uint64_t) (estimate > threshold) << row;
        }
        passed[b] = mask;
    }
}

/* Keeps the first of the largest; columns of earlier panels have been kept before. */
static void keep_best(const float sums[PANEL], const float *bias, int32_t panel, int32_t *best, float *score) {
    for (int c = 0; c < PANEL; c++) {
        float s = sums[c] + bias[(size_t) panel * PANEL + (size_t) c];
        if (s > *score) {
            *score = s;
            *best = panel * PANEL + c;
        }
    }
}

static void nearest_plain(const float *rows, int32_t count, int32_t dimension, const float *panels, int32_t panel_count,
                          const float *bias, int32_t *best, float *score) {
    for (int32_t p = 0; p < panel_count; p++) {
        const float *panel = panels + (size_t) p * (size_t) dimension * PANEL;
        for (int32_t r = 0; r < count; r++) {
            const float *row = rows + (size_t) r * (size_t) dimension;
            float sums[PANEL] = {0};
            for (int32_t i = 0; i < dimension; i++) {
                for (int c = 0; c < PANEL; c++) {
                    sums[c] += row[i] * panel[(size_t) i * PANEL + (size_t) c];
                }
            }
            keep_best(sums, bias, p, best + r, score + r);
        }
    }
}

/* Flips what makes the bits of negative floats descend; its own inverse. */
static int32_t sortable(int32_t bits) {
    return bits ^ (bits >> 31 & 0x7FFFFFFF);
}

static float score_of(int64_t key) {
    int32_t bits = sortable((int32_t) (key >> 32));
    float score;
    memcpy(&score, &bits, sizeof score);
    return score;
}

static int32_t append_plain(const float *estimates, uint64_t rows, int32_t first_row, int64_t *keys) {
    int32_t count = 0;
    for (; rows != 0; rows &= rows - 1) {
        int row = __builtin_ctzll(rows);
        int32_t bits;
        memcpy(&bits, estimates + row, sizeof bits);
        keys[count++] = (int64_t) ((uint64_t) (uint32_t) sortable(bits) << 32 | (uint32_t) (first_row + row));
    }
    return count;
}

static float least_score(int32_t size, const int64_t *keys) {
    int64_t least = keys[0];
    for (int32_t i = 1; i < size; i++) {
        least = keys[i] < least ? keys[i] : least;
    }
    return score_of(least);
}

static int64_t median(int64_t a, int64_t b, int64_t c) {
    int64_t low = a < b ? a : b;
    int64_t high = a < b ? b : a;
    return c < low ? low : c < high ? c : high;
}

/* A step of quickselect: of the keys from low to high, both in, those among which the last wanted one is. */
static void part(int64_t *keys, int32_t last, int32_t *low, int32_t *high) {
    int64_t pivot = median(keys[*low], keys[*low + (*high - *low) / 2], keys[*high]);
    int32_t i = *low;
    int32_t j = *high;
    while (i <= j) {
        while (keys[i] > pivot) {
            i++;
        }
        while (keys[j] < pivot) {
            j--;
        }
        if (i <= j) {
            int64_t k = keys[i];
            keys[i++] = keys[j];
            keys[j--] = k;
        }
    }
    if (last <= j) {
        *high = j;
    } else if (last >= i) {
        *low = i;
    } else {
        *low = *high = last;
    }
}

static void select_plain(int32_t size, int32_t wanted, int64_t *keys) {
    int32_t low = 0;
    int32_t high = size - 1;
    while (wanted > 0 && wanted < size && low < high) {
        part(keys, wanted - 1, &low, &high);
    }
}

#define ROTATION_ROUNDS 4

/* See Rotation.java, which has the same steps in the same order: the results are the same to the bit. */
static inline __attribute__((always_inline)) void hadamard(float *x, size_t length, size_t first) {
    for (size_t step = first; step < length; step <<= 1) {
        for (size_t i = 0; i < length; i += 2 * step) {
            for (size_t j = i; j < i + step; j++) {
                float a = x[j];
                float b = x[j + step];
                x[j] = a + b;
                x[j + step] = a - b;
            }
        }
    }
}

static inline __attribute__((always_inline)) size_t power_of_two(size_t dimension) {
    size_t power = 1;
    while (2 * power <= dimension) {
        power *= 2;
    }
    return power;
}

static inline __attribute__((always_inline)) void flip(const float *signs, size_t dimension, float *x) {
    for (size_t i = 0; i < dimension; i++) {
        x[i] *= signs[i];
    }
}

static inline __attribute__((always_inline)) void mix_halves(size_t dimension, float *x) {
    const float half = 0.70710678118654752f;
    size_t h = dimension / 2;
    for (size_t i = 0; i < h; i++) {
        float a = x[i];
        float b = x[i + h];
        x[i] = (a + b) * half;
        x[i + h] = (a - b) * half;
    }
}

static inline __attribute__((always_inline)) void rotate_any(const float *signs, int32_t dimension, float *x) {
    size_t d = (size_t) dimension;
    size_t power = power_of_two(d);
    for (int r = 0; r < ROTATION_ROUNDS; r++) {
        flip(signs + (size_t) r * d, d, x);
        hadamard(r & 1 ? x + (d - power) : x, power, 1);
        if (power < d) {
            mix_halves(d, x);
        }
    }
}

static void rotate_plain(const float *signs, int32_t dimension, float *x) {
    rotate_any(signs, dimension, x);
}

static int always(void) {
    return 1;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* ---- AVX2 --------------------------------------------------------------------------------------------------------- */

#define AVX2 __attribute__((target("avx2,fma")))

static int has_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static inline AVX2 float sum_avx2(__m256 v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

static inline AVX2 int32_t sum_ints_avx2(__m256i v) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1)));
}

static inline AVX2 __m256 floats_avx2(const uint8_t *p, size_t i) {
    return _mm256_loadu_ps((const float *) (const void *) (p + 4 * i));
}

/* Fewer than 8 floats; lanes that are masked out are not read. */
static inline AVX2 __m256 rest_avx2(const uint8_t *p, size_t i, __m256i mask) {
    return _mm256_maskload_ps((const float *) (const void *) (p + 4 * i), mask);
}

static inline AVX2 __m256i rest_mask_avx2(size_t rest) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int) rest), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static AVX2 void dot_avx2(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension, void *scores) {
    size_t d = (size_t) dimension;
    __m256 even[AT_ONCE];
    __m256 odd[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        even[r] = odd[r] = _mm256_setzero_ps();
    }
    size_t i = 0;
    for (; i + 16 <= d; i += 16) {
        __m256 q0 = floats_avx2(query, i);
        __m256 q1 = floats_avx2(query, i + 8);
        for (int r = 0; r < AT_ONCE; r++) {
            even[r] = _mm256_fmadd_ps(floats_avx2(rows[r], i), q0, even[r]);
            odd[r] = _mm256_fmadd_ps(floats_avx2(rows[r], i + 8), q1, odd[r]);
        }
    }
    for (; i < d; i += 8) {
        __m256i mask = rest_mask_avx2(d - i);
        __m256 q = rest_avx2(query, i, mask);
        for (int r = 0; r < AT_ONCE; r++) {
            even[r] = _mm256_fmadd_ps(rest_avx2(rows[r], i, mask), q, even[r]);
        }
    }
    put_floats(scores, sum_avx2(_mm256_add_ps(even[0], odd[0])), sum_avx2(_mm256_add_ps(even[1], odd[1])),
               sum_avx2(_mm256_add_ps(even[2], odd[2])), sum_avx2(_mm256_add_ps(even[3], odd[3])));
}

static AVX2 void squared_distance_avx2(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension,
                                       void *scores) {
    size_t d = (size_t) dimension;
    __m256 even[AT_ONCE];
    __m256 odd[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        even[r] = odd[r] = _mm256_setzero_ps();
    }
    size_t i = 0;
    for (; i + 16 <= d; i += 16) {
        __m256 q0 = floats_avx2(query, i);
        __m256 q1 = floats_avx2(query, i + 8);
        for (int r = 0; r < AT_ONCE; r++) {
            __m256 x0 = _mm256_sub_ps(floats_avx2(rows[r], i), q0);
            __m256 x1 = _mm256_sub_ps(floats_avx2(rows[r], i + 8), q1);
            even[r] = _mm256_fmadd_ps(x0, x0, even[r]);
            odd[r] = _mm256_fmadd_ps(x1, x1, odd[r]);
        }
    }
    for (; i < d; i += 8) {
        __m256i mask = rest_mask_avx2(d - i);
        __m256 q = rest_avx2(query, i, mask);
        for (int r = 0; r < AT_ONCE; r++) {
            __m256 x = _mm256_sub_ps(rest_avx2(rows[r], i, mask), q);
            even[r] = _mm256_fmadd_ps(x, x, even[r]);
        }
    }
    put_floats(scores, sum_avx2(_mm256_add_ps(even[0], odd[0])), sum_avx2(_mm256_add_ps(even[1], odd[1])),
               sum_avx2(_mm256_add_ps(even[2], odd[2])), sum_avx2(_mm256_add_ps(even[3], odd[3])));
}

static AVX2 void dot_int8_avx2(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension,
                               void *scores) {
    size_t d = (size_t) dimension;
    __m256i sums[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        sums[r] = _mm256_setzero_si256();
    }
    size_t i = 0;
    for (; i + 16 <= d; i += 16) {
        __m256i q = _mm256_loadu_si256((const void *) (query + 2 * i));
        for (int r = 0; r < AT_ONCE; r++) {
            __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *) (rows[r] + i)));
            sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(x, q));
        }
    }
    int32_t total[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        total[r] = sum_ints_avx2(sums[r]);
        for (size_t j = i; j < d; j++) {
            total[r] += (int8_t) rows[r][j] * get_short(query + 2 * j);
        }
    }
    memcpy(scores, total, sizeof total);
}

/* Eight rows; returns the bits of those above the threshold. */
static inline AVX2 uint64_t finish_avx2(__m256i sums, const uint8_t *tail, int row, __m256 base, __m256 low, __m256 step,
                                        __m256 threshold, float *estimates) {
    __m256 product = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), step, low);
    __m256 constant = _mm256_add_ps(floats_avx2(tail, (size_t) row), base);
    __m256 estimate = _mm256_fmadd_ps(floats_avx2(tail, (size_t) (BLOCK_ROWS + row)), product, constant);
    _mm256_storeu_ps(estimates + row, estimate);
    return (uint64_t) (uint32_t) _mm256_movemask_ps(_mm256_cmp_ps(estimate, threshold, _CMP_GT_OQ)) << row;
}

static inline AVX2 __m256i entries_avx2(const uint8_t *table) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *) table));
}

static AVX2 void estimate_avx2(const uint8_t *blocks, int32_t count, const uint8_t *ahead, const uint8_t *table,
                               int32_t pairs, float base, float low, float step, float threshold, float *estimates,
                               uint64_t *passed) {
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i lower = _mm256_set1_epi32(0xFFFF);
    size_t codes = (size_t) BLOCK_ROWS * (size_t) pairs;
    for (int32_t b = 0; b < count; b++, blocks += codes + 512, estimates += BLOCK_ROWS) {
        /* As 16-bit numbers: sums of the bytes in odd places, and of both, those in odd places times 256. */
        __m256i odd[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        __m256i both[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        const uint8_t *next = ahead ? ahead + (size_t) b * (codes + 512) : NULL;
        if (next) {
            prefetch_range(next + codes, 512);
        }
        for (size_t at = 0; at < codes; at += 128) {
            const uint8_t *entries = table + at / 2;
            /* In between, where it costs nothing. */
            if (next) {
                prefetch(next + at);
                prefetch(next + at + 64);
            }
            for (int half = 0; half < 2; half++) {
                __m256i c0 = _mm256_loadu_si256((const void *) (blocks + at + 32 * half));
                __m256i c1 = _mm256_loadu_si256((const void *) (blocks + at + 64 + 32 * half));
                __m256i e0 = _mm256_shuffle_epi8(entries_avx2(entries), _mm256_and_si256(c0, nibble));
                __m256i e1 = _mm256_shuffle_epi8(entries_avx2(entries + 16),
                                                 _mm256_and_si256(_mm256_srli_epi16(c0, 4), nibble));
                __m256i e2 = _mm256_shuffle_epi8(entries_avx2(entries + 32), _mm256_and_si256(c1, nibble));
                __m256i e3 = _mm256_shuffle_epi8(entries_avx2(entries + 48),
                                                 _mm256_and_si256(_mm256_srli_epi16(c1, 4), nibble));
                __m256i four = _mm256_add_epi8(_mm256_add_epi8(e0, e1), _mm256_add_epi8(e2, e3));
                odd[half] = _mm256_add_epi16(odd[half], _mm256_srli_epi16(four, 8));
                both[half] = _mm256_add_epi16(both[half], four);
            }
        }
        const uint8_t *tail = blocks + codes;
        __m256 b8 = _mm256_set1_ps(base);
        __m256 l8 = _mm256_set1_ps(low);
        __m256 s8 = _mm256_set1_ps(step);
        __m256 t8 = _mm256_set1_ps(threshold);
        uint64_t mask = 0;
        for (int half = 0; half < 2; half++) {
            __m256i o = odd[half];
            __m256i e = _mm256_sub_epi16(both[half], _mm256_slli_epi16(o, 8));
            int row = 8 * half;
            mask |= finish_avx2(_mm256_and_si256(e, lower), tail, row, b8, l8, s8, t8, estimates);
            mask |= finish_avx2(_mm256_and_si256(o, lower), tail, row + 16, b8, l8, s8, t8, estimates);
            mask |= finish_avx2(_mm256_srli_epi32(e, 16), tail, row + 32, b8, l8, s8, t8, estimates);
            mask |= finish_avx2(_mm256_srli_epi32(o, 16), tail, row + 48, b8, l8, s8, t8, estimates);
        }
        passed[b] = mask;
    }
}

static AVX2 void nearest_avx2(const float *rows, int32_t count, int32_t dimension, const float *panels,
                              int32_t panel_count, const float *bias, int32_t *best, float *score) {
    size_t d = (size_t) dimension;
    for (int32_t p = 0; p < panel_count; p++) {
        const float *panel = panels + (size_t) p * d * PANEL;
        for (int32_t r = 0; r < count; r += AT_ONCE) {
            int32_t here = count - r < AT_ONCE ? count - r : AT_ONCE;
            const float *row[AT_ONCE];
            for (int k = 0; k < AT_ONCE; k++) {
                row[k] = rows + (size_t) (k < here ? r + k : r) * d;
            }
            float sums[AT_ONCE][PANEL];
            for (int column = 0; column < PANEL; column += 16) {
                __m256 s[AT_ONCE][2];
                for (int k = 0; k < AT_ONCE; k++) {
                    s[k][0] = s[k][1] = _mm256_setzero_ps();
                }
                const float *at = panel + column;
                for (size_t i = 0; i < d; i++, at += PANEL) {
                    __m256 v0 = _mm256_loadu_ps(at);
                    __m256 v1 = _mm256_loadu_ps(at + 8);
                    for (int k = 0; k < AT_ONCE; k++) {
                        __m256 x = _mm256_broadcast_ss(row[k] + i);
                        s[k][0] = _mm256_fmadd_ps(v0, x, s[k][0]);
                        s[k][1] = _mm256_fmadd_ps(v1, x, s[k][1]);
                    }
                }
                for (int k = 0; k < AT_ONCE; k++) {
                    _mm256_storeu_ps(sums[k] + column, s[k][0]);
                    _mm256_storeu_ps(sums[k] + column + 8, s[k][1]);
                }
            }
            for (int k = 0; k < here; k++) {
                __m256 most = _mm256_set1_ps(-INFINITY);
                for (int c = 0; c < PANEL; c += 8) {
                    __m256 biased = _mm256_add_ps(_mm256_loadu_ps(sums[k] + c),
                                                  _mm256_loadu_ps(bias + (size_t) p * PANEL + (size_t) c));
                    most = _mm256_max_ps(biased, most);
                }
                /* The slow loop only where a column is better than those of the panels before. */
                if (_mm256_movemask_ps(_mm256_cmp_ps(most, _mm256_set1_ps(score[r + k]), _CMP_GT_OQ))) {
                    keep_best(sums[k], bias, p, best + r + k, score + r + k);
                }
            }
        }
    }
}

/* ---- AVX-512 ------------------------------------------------------------------------------------------------------ */

#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
/* Ice Lake, Zen 4 and what came after. */
#define AVX512_VBMI __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni")))

static AVX2 void rotate_avx2(const float *signs, int32_t dimension, float *x) {
    rotate_any(signs, dimension, x);
}

static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static int has_avx512_vbmi(void) {
    return has_avx512() && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni");
}

static inline AVX512 __m512 floats_avx512(const uint8_t *p, size_t i) {
    return _mm512_loadu_ps((const void *) (p + 4 * i));
}

static inline AVX512 __m512 rest_avx512(const uint8_t *p, size_t i, __mmask16 mask) {
    return _mm512_maskz_loadu_ps(mask, (const void *) (p + 4 * i));
}

/* The lowest bits, as many; all for more than there are. */
static inline uint32_t low_bits(size_t n) {
    return n >= 32 ? 0xFFFFFFFFu : (1u << n) - 1;
}

static AVX512 void dot_avx512(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension,
                              void *scores) {
    size_t d = (size_t) dimension;
    __m512 even[AT_ONCE];
    __m512 odd[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        even[r] = odd[r] = _mm512_setzero_ps();
    }
    size_t i = 0;
    for (; i + 32 <= d; i += 32) {
        __m512 q0 = floats_avx512(query, i);
        __m512 q1 = floats_avx512(query, i + 16);
        for (int r = 0; r < AT_ONCE; r++) {
            even[r] = _mm512_fmadd_ps(floats_avx512(rows[r], i), q0, even[r]);
            odd[r] = _mm512_fmadd_ps(floats_avx512(rows[r], i + 16), q1, odd[r]);
        }
    }
    for (; i < d; i += 16) {
        __mmask16 mask = (__mmask16) low_bits(d - i);
        __m512 q = rest_avx512(query, i, mask);
        for (int r = 0; r < AT_ONCE; r++) {
            even[r] = _mm512_fmadd_ps(rest_avx512(rows[r], i, mask), q, even[r]);
        }
    }
    put_floats(scores, _mm512_reduce_add_ps(_mm512_add_ps(even[0], odd[0])),
               _mm512_reduce_add_ps(_mm512_add_ps(even[1], odd[1])),
               _mm512_reduce_add_ps(_mm512_add_ps(even[2], odd[2])),
               _mm512_reduce_add_ps(_mm512_add_ps(even[3], odd[3])));
}

static AVX512 void squared_distance_avx512(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension,
                                           void *scores) {
    size_t d = (size_t) dimension;
    __m512 even[AT_ONCE];
    __m512 odd[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        even[r] = odd[r] = _mm512_setzero_ps();
    }
    size_t i = 0;
    for (; i + 32 <= d; i += 32) {
        __m512 q0 = floats_avx512(query, i);
        __m512 q1 = floats_avx512(query, i + 16);
        for (int r = 0; r < AT_ONCE; r++) {
            __m512 x0 = _mm512_sub_ps(floats_avx512(rows[r], i), q0);
            __m512 x1 = _mm512_sub_ps(floats_avx512(rows[r], i + 16), q1);
            even[r] = _mm512_fmadd_ps(x0, x0, even[r]);
            odd[r] = _mm512_fmadd_ps(x1, x1, odd[r]);
        }
    }
    for (; i < d; i += 16) {
        __mmask16 mask = (__mmask16) low_bits(d - i);
        __m512 q = rest_avx512(query, i, mask);
        for (int r = 0; r < AT_ONCE; r++) {
            __m512 x = _mm512_sub_ps(rest_avx512(rows[r], i, mask), q);
            even[r] = _mm512_fmadd_ps(x, x, even[r]);
        }
    }
    put_floats(scores, _mm512_reduce_add_ps(_mm512_add_ps(even[0], odd[0])),
               _mm512_reduce_add_ps(_mm512_add_ps(even[1], odd[1])),
               _mm512_reduce_add_ps(_mm512_add_ps(even[2], odd[2])),
               _mm512_reduce_add_ps(_mm512_add_ps(even[3], odd[3])));
}

/* A macro, as the two instruction sets differ in one instruction of the innermost loop. */
#define DOT_INT8_AVX512(NAME, TARGET, ADD_PRODUCTS)                                                                    \
    static TARGET void NAME(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension,               \
                            void *scores) {                                                                            \
        size_t d = (size_t) dimension;                                                                                 \
        __m512i sums[AT_ONCE];                                                                                         \
        for (int r = 0; r < AT_ONCE; r++) {                                                                            \
            sums[r] = _mm512_setzero_si512();                                                                          \
        }                                                                                                              \
        size_t i = 0;                                                                                                  \
        for (; i + 32 <= d; i += 32) {                                                                                 \
            __m512i q = _mm512_loadu_si512((const void *) (query + 2 * i));                                            \
            for (int r = 0; r < AT_ONCE; r++) {                                                                        \
                __m512i x = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const void *) (rows[r] + i)));                    \
                sums[r] = ADD_PRODUCTS(sums[r], x, q);                                                                 \
            }                                                                                                          \
        }                                                                                                              \
        if (i < d) {                                                                                                   \
            __mmask32 mask = low_bits(d - i);                                                                          \
            __m512i q = _mm512_maskz_loadu_epi16(mask, (const void *) (query + 2 * i));                                \
            for (int r = 0; r < AT_ONCE; r++) {                                                                        \
                __m512i x = _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(mask, (const void *) (rows[r] + i)));         \
                sums[r] = ADD_PRODUCTS(sums[r], x, q);                                                                 \
            }                                                                                                          \
        }                                                                                                              \
        put_ints(scores, _mm512_reduce_add_epi32(sums[0]), _mm512_reduce_add_epi32(sums[1]),                           \
                 _mm512_reduce_add_epi32(sums[2]), _mm512_reduce_add_epi32(sums[3]));                                  \
    }

#define MULTIPLY_THEN_ADD(SUM, X, Q) _mm512_add_epi32(SUM, _mm512_madd_epi16(X, Q))
DOT_INT8_AVX512(dot_int8_avx512, AVX512, MULTIPLY_THEN_ADD)
DOT_INT8_AVX512(dot_int8_avx512_vbmi, AVX512_VBMI, _mm512_dpwssd_epi32)

struct formula_avx512 {
    __m512 base;
    __m512 low;
    __m512 step;
    __m512 threshold;
};

/* Sixteen rows; returns the bits of those above the threshold. */
static inline AVX512 uint64_t finish_rows_avx512(__m512i sums, const uint8_t *tail, int row,
                                                 const struct formula_avx512 *f, float *estimates) {
    __m512 product = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), f->step, f->low);
    __m512 constant = _mm512_add_ps(floats_avx512(tail, (size_t) row), f->base);
    __m512 estimate = _mm512_fmadd_ps(floats_avx512(tail, (size_t) (BLOCK_ROWS + row)), product, constant);
    _mm512_storeu_ps(estimates + row, estimate);
    return (uint64_t) _mm512_cmp_ps_mask(estimate, f->threshold, _CMP_GT_OQ) << row;
}

/* A block, from sums of its bytes in odd places and of both, those in odd places times 256. */
static inline AVX512 uint64_t finish_avx512(__m512i odd, __m512i both, const uint8_t *tail,
                                            const struct formula_avx512 *f, float *estimates) {
    const __m512i lower = _mm512_set1_epi32(0xFFFF);
    __m512i even = _mm512_sub_epi16(both, _mm512_slli_epi16(odd, 8));
    return finish_rows_avx512(_mm512_and_si512(even, lower), tail, 0, f, estimates)
            | finish_rows_avx512(_mm512_and_si512(odd, lower), tail, 16, f, estimates)
            | finish_rows_avx512(_mm512_srli_epi32(even, 16), tail, 32, f, estimates)
            | finish_rows_avx512(_mm512_srli_epi32(odd, 16), tail, 48, f, estimates);
}

static inline AVX512 __m512i entries_avx512(const uint8_t *table) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const void *) table));
}

static inline AVX512 __m512i low_avx512(__m512i entries, __m512i codes) {
    return _mm512_shuffle_epi8(entries, _mm512_and_si512(codes, _mm512_set1_epi8(15)));
}

static inline AVX512 __m512i high_avx512(__m512i entries, __m512i codes) {
    return low_avx512(entries, _mm512_srli_epi16(codes, 4));
}

/* Looks at the lowest six bits of an index; as the 16 entries repeat, the upper two of these do not matter. */
static inline AVX512_VBMI __m512i low_avx512_vbmi(__m512i entries, __m512i codes) {
    return _mm512_permutexvar_epi8(codes, entries);
}

static inline AVX512_VBMI __m512i high_avx512_vbmi(__m512i entries, __m512i codes) {
    return _mm512_permutexvar_epi8(_mm512_srli_epi16(codes, 4), entries);
}

/* A step of a block: two pairs of groups. */
#define ESTIMATE_STEP_AVX512(LOW, HIGH, AT, ODD, BOTH)                                                                 \
    {                                                                                                                  \
        __m512i c0 = _mm512_loadu_si512((const void *) (AT));                                                          \
        __m512i c1 = _mm512_loadu_si512((const void *) ((AT) + 64));                                                   \
        __m512i four = _mm512_add_epi8(_mm512_add_epi8(LOW(e0, c0), HIGH(e1, c0)),                                     \
                                       _mm512_add_epi8(LOW(e2, c1), HIGH(e3, c1)));                                    \
        ODD = _mm512_add_epi16(ODD, _mm512_srli_epi16(four, 8));                                                       \
        BOTH = _mm512_add_epi16(BOTH, four);                                                                           \
    }

/* Two blocks at a time, which share the loads of the table; and a last one alone. */
#define ESTIMATE_AVX512(NAME, TARGET, LOW, HIGH)                                                                       \
    static TARGET void NAME(const uint8_t *blocks, int32_t count, const uint8_t *ahead, const uint8_t *table,          \
                            int32_t pairs, float base, float low, float step, float threshold, float *estimates,       \
                            uint64_t *passed) {                                                                        \
        const struct formula_avx512 f = {_mm512_set1_ps(base), _mm512_set1_ps(low), _mm512_set1_ps(step),              \
                                         _mm512_set1_ps(threshold)};                                                   \
        size_t codes = (size_t) BLOCK_ROWS * (size_t) pairs;                                                           \
        size_t bytes = codes + 512;                                                                                    \
        for (int32_t b = 0; b < count; b += 2) {                                                                       \
            int two = b + 1 < count;                                                                                   \
            const uint8_t *block = blocks + (size_t) b * bytes;                                                        \
            float *to = estimates + (size_t) BLOCK_ROWS * (size_t) b;                                                  \
            __m512i odd0 = _mm512_setzero_si512();                                                                     \
            __m512i both0 = odd0;                                                                                      \
            __m512i odd1 = odd0;                                                                                       \
            __m512i both1 = odd0;                                                                                      \
            const uint8_t *next = ahead ? ahead + (size_t) b * bytes : NULL;                                           \
            for (size_t at = 0; at < codes; at += 128) {                                                               \
                const uint8_t *entries = table + at / 2;                                                               \
                if (next) {                                                                                            \
                    prefetch(next + at);                                                                               \
                    prefetch(next + at + 64);                                                                          \
                    if (two) {                                                                                         \
                        prefetch(next + bytes + at);                                                                   \
                        prefetch(next + bytes + at + 64);                                                              \
                    }                                                                                                  \
                }                                                                                                      \
                __m512i e0 = entries_avx512(entries);                                                                  \
                __m512i e1 = entries_avx512(entries + 16);                                                             \
                __m512i e2 = entries_avx512(entries + 32);                                                             \
                __m512i e3 = entries_avx512(entries + 48);                                                             \
                ESTIMATE_STEP_AVX512(LOW, HIGH, block + at, odd0, both0)                                               \
                if (two) {                                                                                             \
                    ESTIMATE_STEP_AVX512(LOW, HIGH, block + bytes + at, odd1, both1)                                   \
                }                                                                                                      \
            }                                                                                                          \
            if (next) {                                                                                                \
                prefetch_range(next + codes, 512);                                                                     \
                if (two) {                                                                                             \
                    prefetch_range(next + bytes + codes, 512);                                                         \
                }                                                                                                      \
            }                                                                                                          \
            passed[b] = finish_avx512(odd0, both0, block + codes, &f, to);                                             \
            if (two) {                                                                                                 \
                passed[b + 1] = finish_avx512(odd1, both1, block + bytes + codes, &f, to + BLOCK_ROWS);                \
            }                                                                                                          \
        }                                                                                                              \
    }

ESTIMATE_AVX512(estimate_avx512, AVX512, low_avx512, high_avx512)
ESTIMATE_AVX512(estimate_avx512_vbmi, AVX512_VBMI, low_avx512_vbmi, high_avx512_vbmi)

static AVX512 int32_t append_avx512(const float *estimates, uint64_t rows, int32_t first_row, int64_t *keys) {
    const __m512i places = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    int32_t count = 0;
    for (int part = 0; rows != 0; part += 16, rows >>= 16) {
        __mmask16 mask = (__mmask16) rows;
        __m512i bits = _mm512_loadu_si512((const void *) (estimates + part));
        __m512i score = _mm512_xor_si512(bits, _mm512_srli_epi32(_mm512_srai_epi32(bits, 31), 1));
        __m512i row = _mm512_add_epi32(places, _mm512_set1_epi32(first_row + part));
        score = _mm512_maskz_compress_epi32(mask, score);
        row = _mm512_maskz_compress_epi32(mask, row);
        int passed = __builtin_popcount(mask);
        __m512i low = _mm512_or_si512(_mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_castsi512_si256(score)), 32),
                                      _mm512_cvtepu32_epi64(_mm512_castsi512_si256(row)));
        _mm512_storeu_si512((void *) (keys + count), low);
        if (passed > 8) {
            __m512i high = _mm512_or_si512(
                    _mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(score, 1)), 32),
                    _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(row, 1)));
            _mm512_storeu_si512((void *) (keys + count + 8), high);
        }
        count += passed;
    }
    return count;
}

/* More keys are parted in place first. */
#define SELECTED_AT_ONCE 2048

static AVX512 void select_avx512(int32_t size, int32_t wanted, int64_t *keys) {
    int64_t others[SELECTED_AT_ONCE + 8];
    int32_t low = 0;
    int32_t high = size;
    while (low < wanted && wanted < high) {
        int32_t count = high - low;
        if (count > SELECTED_AT_ONCE) {
            int32_t last = high - 1;
            part(keys, wanted - 1, &low, &last);
            high = last + 1;
            if (low == last) {
                return;
            }
            continue;
        }
        int64_t pivot = median(keys[low], keys[low + count / 2], keys[high - 1]);
        const __m512i than = _mm512_set1_epi64(pivot);
        int32_t larger = low;
        int32_t other = 0;
        for (int32_t i = low; i < high; i += 8) {
            /* What is written before i has been read. */
            __mmask8 here = (__mmask8) low_bits((size_t) (high - i < 8 ? high - i : 8));
            __m512i k = _mm512_maskz_loadu_epi64(here, keys + i);
            __mmask8 above = _mm512_mask_cmpgt_epi64_mask(here, k, than);
            __mmask8 below = (__mmask8) (here & ~above);
            int32_t count_above = __builtin_popcount(above);
            _mm512_mask_storeu_epi64(keys + larger, (__mmask8) low_bits((size_t) count_above),
                                     _mm512_maskz_compress_epi64(above, k));
            _mm512_storeu_si512((void *) (others + other), _mm512_maskz_compress_epi64(below, k));
            larger += count_above;
            other += __builtin_popcount(below);
        }
        memcpy(keys + larger, others, 8 * (size_t) other);
        if (larger > wanted) {
            high = larger;
        } else if (larger > low) {
            low = larger;
        } else {
            /* The pivot is the largest. */
            int32_t at = low;
            while (keys[at] != pivot) {
                at++;
            }
            keys[at] = keys[low];
            keys[low++] = pivot;
        }
    }
}

static AVX512 void rotate_avx512(const float *signs, int32_t dimension, float *x) {
    size_t d = (size_t) dimension;
    size_t power = power_of_two(d);
    if (power < 16) {
        rotate_any(signs, dimension, x);
        return;
    }
    for (int r = 0; r < ROTATION_ROUNDS; r++) {
        flip(signs + (size_t) r * d, d, x);
        float *part = r & 1 ? x + (d - power) : x;
        for (size_t i = 0; i < power; i += 16) {
            /* Steps 1, 2, 4 and 8 in a register: the first of a pair becomes the sum, the second the difference. */
            __m512 v = _mm512_loadu_ps(part + i);
            __m512 w = _mm512_permute_ps(v, 0xB1);
            v = _mm512_mask_sub_ps(_mm512_add_ps(v, w), 0xAAAA, w, v);
            w = _mm512_permute_ps(v, 0x4E);
            v = _mm512_mask_sub_ps(_mm512_add_ps(v, w), 0xCCCC, w, v);
            w = _mm512_shuffle_f32x4(v, v, 0xB1);
            v = _mm512_mask_sub_ps(_mm512_add_ps(v, w), 0xF0F0, w, v);
            w = _mm512_shuffle_f32x4(v, v, 0x4E);
            v = _mm512_mask_sub_ps(_mm512_add_ps(v, w), 0xFF00, w, v);
            _mm512_storeu_ps(part + i, v);
        }
        hadamard(part, power, 16);
        if (power < d) {
            mix_halves(d, x);
        }
    }
}

static AVX512 void nearest_avx512(const float *rows, int32_t count, int32_t dimension, const float *panels,
                                  int32_t panel_count, const float *bias, int32_t *best, float *score) {
    size_t d = (size_t) dimension;
    for (int32_t p = 0; p < panel_count; p++) {
        const float *panel = panels + (size_t) p * d * PANEL;
        const float *biases = bias + (size_t) p * PANEL;
        for (int32_t r = 0; r < count; r += AT_ONCE) {
            int32_t here = count - r < AT_ONCE ? count - r : AT_ONCE;
            const float *row[AT_ONCE];
            for (int k = 0; k < AT_ONCE; k++) {
                row[k] = rows + (size_t) (k < here ? r + k : r) * d;
            }
            __m512 s[AT_ONCE][4];
            for (int k = 0; k < AT_ONCE; k++) {
                for (int v = 0; v < 4; v++) {
                    s[k][v] = _mm512_setzero_ps();
                }
            }
            const float *at = panel;
            for (size_t i = 0; i < d; i++, at += PANEL) {
                __m512 v0 = _mm512_loadu_ps(at);
                __m512 v1 = _mm512_loadu_ps(at + 16);
                __m512 v2 = _mm512_loadu_ps(at + 32);
                __m512 v3 = _mm512_loadu_ps(at + 48);
                for (int k = 0; k < AT_ONCE; k++) {
                    __m512 x = _mm512_set1_ps(row[k][i]);
                    s[k][0] = _mm512_fmadd_ps(v0, x, s[k][0]);
                    s[k][1] = _mm512_fmadd_ps(v1, x, s[k][1]);
                    s[k][2] = _mm512_fmadd_ps(v2, x, s[k][2]);
                    s[k][3] = _mm512_fmadd_ps(v3, x, s[k][3]);
                }
            }
            for (int k = 0; k < AT_ONCE; k++) {
                for (int v = 0; v < 4; v++) {
                    s[k][v] = _mm512_add_ps(s[k][v], _mm512_loadu_ps(biases + 16 * v));
                }
            }
            for (int k = 0; k < AT_ONCE; k++) {
                if (k >= here) {
                    break;
                }
                float most = _mm512_reduce_max_ps(
                        _mm512_max_ps(_mm512_max_ps(s[k][0], s[k][1]), _mm512_max_ps(s[k][2], s[k][3])));
                if (most > score[r + k]) {
                    __m512 m = _mm512_set1_ps(most);
                    uint64_t equal = (uint64_t) _mm512_cmp_ps_mask(s[k][0], m, _CMP_EQ_OQ)
                            | (uint64_t) _mm512_cmp_ps_mask(s[k][1], m, _CMP_EQ_OQ) << 16
                            | (uint64_t) _mm512_cmp_ps_mask(s[k][2], m, _CMP_EQ_OQ) << 32
                            | (uint64_t) _mm512_cmp_ps_mask(s[k][3], m, _CMP_EQ_OQ) << 48;
                    score[r + k] = most;
                    best[r + k] = p * PANEL + __builtin_ctzll(equal);
                }
            }
        }
    }
}

static const struct variant VARIANTS[] = {
    {"c-avx512-vbmi", has_avx512_vbmi, dot_avx512, squared_distance_avx512, dot_int8_avx512_vbmi, estimate_avx512_vbmi,
     nearest_avx512, append_avx512, select_avx512, rotate_avx512},
    {"c-avx512", has_avx512, dot_avx512, squared_distance_avx512, dot_int8_avx512, estimate_avx512, nearest_avx512,
     append_avx512, select_avx512, rotate_avx512},
    {"c-avx2", has_avx2, dot_avx2, squared_distance_avx2, dot_int8_avx2, estimate_avx2, nearest_avx2, append_plain,
     select_plain, rotate_avx2},
    {"plain-c", always, dot_four_plain, squared_distance_four_plain, dot_int8_four_plain, estimate_plain,
     nearest_plain, append_plain, select_plain, rotate_plain},
};

#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>

/* ---- NEON --------------------------------------------------------------------------------------------------------- */

static inline float32x4_t floats_neon(const uint8_t *p, size_t i) {
    return vreinterpretq_f32_u8(vld1q_u8(p + 4 * i));
}

/* Fewer than four floats, then zeros. */
static inline float32x4_t rest_neon(const uint8_t *p, size_t i, size_t rest) {
    float x[4] = {0};
    memcpy(x, p + 4 * i, 4 * rest);
    return vld1q_f32(x);
}

static void dot_neon(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension, void *scores) {
    size_t d = (size_t) dimension;
    float32x4_t even[AT_ONCE];
    float32x4_t odd[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        even[r] = odd[r] = vdupq_n_f32(0);
    }
    size_t i = 0;
    for (; i + 8 <= d; i += 8) {
        float32x4_t q0 = floats_neon(query, i);
        float32x4_t q1 = floats_neon(query, i + 4);
        for (int r = 0; r < AT_ONCE; r++) {
            even[r] = vfmaq_f32(even[r], floats_neon(rows[r], i), q0);
            odd[r] = vfmaq_f32(odd[r], floats_neon(rows[r], i + 4), q1);
        }
    }
    for (; i < d; i += 4) {
        size_t rest = d - i < 4 ? d - i : 4;
        float32x4_t q = rest_neon(query, i, rest);
        for (int r = 0; r < AT_ONCE; r++) {
            even[r] = vfmaq_f32(even[r], rest_neon(rows[r], i, rest), q);
        }
    }
    put_floats(scores, vaddvq_f32(vaddq_f32(even[0], odd[0])), vaddvq_f32(vaddq_f32(even[1], odd[1])),
               vaddvq_f32(vaddq_f32(even[2], odd[2])), vaddvq_f32(vaddq_f32(even[3], odd[3])));
}

static void squared_distance_neon(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension,
                                  void *scores) {
    size_t d = (size_t) dimension;
    float32x4_t even[AT_ONCE];
    float32x4_t odd[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        even[r] = odd[r] = vdupq_n_f32(0);
    }
    size_t i = 0;
    for (; i + 8 <= d; i += 8) {
        float32x4_t q0 = floats_neon(query, i);
        float32x4_t q1 = floats_neon(query, i + 4);
        for (int r = 0; r < AT_ONCE; r++) {
            float32x4_t x0 = vsubq_f32(floats_neon(rows[r], i), q0);
            float32x4_t x1 = vsubq_f32(floats_neon(rows[r], i + 4), q1);
            even[r] = vfmaq_f32(even[r], x0, x0);
            odd[r] = vfmaq_f32(odd[r], x1, x1);
        }
    }
    for (; i < d; i += 4) {
        size_t rest = d - i < 4 ? d - i : 4;
        float32x4_t q = rest_neon(query, i, rest);
        for (int r = 0; r < AT_ONCE; r++) {
            float32x4_t x = vsubq_f32(rest_neon(rows[r], i, rest), q);
            even[r] = vfmaq_f32(even[r], x, x);
        }
    }
    put_floats(scores, vaddvq_f32(vaddq_f32(even[0], odd[0])), vaddvq_f32(vaddq_f32(even[1], odd[1])),
               vaddvq_f32(vaddq_f32(even[2], odd[2])), vaddvq_f32(vaddq_f32(even[3], odd[3])));
}

static void dot_int8_neon(const uint8_t *const rows[AT_ONCE], const uint8_t *query, int32_t dimension, void *scores) {
    size_t d = (size_t) dimension;
    int32x4_t low[AT_ONCE];
    int32x4_t high[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        low[r] = high[r] = vdupq_n_s32(0);
    }
    size_t i = 0;
    for (; i + 8 <= d; i += 8) {
        int16x8_t q = vreinterpretq_s16_u8(vld1q_u8(query + 2 * i));
        for (int r = 0; r < AT_ONCE; r++) {
            int16x8_t x = vmovl_s8(vreinterpret_s8_u8(vld1_u8(rows[r] + i)));
            low[r] = vmlal_s16(low[r], vget_low_s16(x), vget_low_s16(q));
            high[r] = vmlal_high_s16(high[r], x, q);
        }
    }
    int32_t total[AT_ONCE];
    for (int r = 0; r < AT_ONCE; r++) {
        total[r] = vaddvq_s32(vaddq_s32(low[r], high[r]));
        for (size_t j = i; j < d; j++) {
            total[r] += (int8_t) rows[r][j] * get_short(query + 2 * j);
        }
    }
    memcpy(scores, total, sizeof total);
}

/* Four rows; returns the bits of those above the threshold. */
static inline uint64_t finish_neon(uint32x4_t sums, const uint8_t *tail, int row, float base, float low, float step,
                                   float threshold, float *estimates) {
    const uint32x4_t bits = {1, 2, 4, 8};
    float32x4_t product = vfmaq_f32(vdupq_n_f32(low), vcvtq_f32_u32(sums), vdupq_n_f32(step));
    float32x4_t constant = vaddq_f32(floats_neon(tail, (size_t) row), vdupq_n_f32(base));
    float32x4_t estimate = vfmaq_f32(constant, floats_neon(tail, (size_t) (BLOCK_ROWS + row)), product);
    vst1q_f32(estimates + row, estimate);
    uint32x4_t above = vcgtq_f32(estimate, vdupq_n_f32(threshold));
    return (uint64_t) vaddvq_u32(vandq_u32(above, bits)) << row;
}

static void estimate_neon(const uint8_t *blocks, int32_t count, const uint8_t *ahead, const uint8_t *table,
                          int32_t pairs, float base, float low, float step, float threshold, float *estimates,
                          uint64_t *passed) {
    const uint8x16_t nibble = vdupq_n_u8(15);
    const uint32x4_t lower = vdupq_n_u32(0xFFFF);
    size_t codes = (size_t) BLOCK_ROWS * (size_t) pairs;
    for (int32_t b = 0; b < count; b++, blocks += codes + 512, estimates += BLOCK_ROWS) {
        /* As 16-bit numbers: sums of the bytes in odd places, and of both, those in odd places times 256. */
        uint16x8_t odd[4];
        uint16x8_t both[4];
        for (int k = 0; k < 4; k++) {
            odd[k] = both[k] = vdupq_n_u16(0);
        }
        const uint8_t *next = ahead ? ahead + (size_t) b * (codes + 512) : NULL;
        if (next) {
            prefetch_range(next + codes, 512);
        }
        for (size_t at = 0; at < codes; at += 128) {
            const uint8_t *entries = table + at / 2;
            /* In between, where it costs nothing. */
            if (next) {
                prefetch(next + at);
                prefetch(next + at + 64);
            }
            uint8x16_t e0 = vld1q_u8(entries);
            uint8x16_t e1 = vld1q_u8(entries + 16);
            uint8x16_t e2 = vld1q_u8(entries + 32);
            uint8x16_t e3 = vld1q_u8(entries + 48);
            for (int k = 0; k < 4; k++) {
                uint8x16_t c0 = vld1q_u8(blocks + at + 16 * k);
                uint8x16_t c1 = vld1q_u8(blocks + at + 64 + 16 * k);
                uint8x16_t first = vaddq_u8(vqtbl1q_u8(e0, vandq_u8(c0, nibble)), vqtbl1q_u8(e1, vshrq_n_u8(c0, 4)));
                uint8x16_t second = vaddq_u8(vqtbl1q_u8(e2, vandq_u8(c1, nibble)), vqtbl1q_u8(e3, vshrq_n_u8(c1, 4)));
                uint16x8_t four = vreinterpretq_u16_u8(vaddq_u8(first, second));
                odd[k] = vsraq_n_u16(odd[k], four, 8);
                both[k] = vaddq_u16(both[k], four);
            }
        }
        const uint8_t *tail = blocks + codes;
        uint64_t mask = 0;
        for (int k = 0; k < 4; k++) {
            uint32x4_t o = vreinterpretq_u32_u16(odd[k]);
            uint32x4_t e = vreinterpretq_u32_u16(vsubq_u16(both[k], vshlq_n_u16(odd[k], 8)));
            int row = 4 * k;
            mask |= finish_neon(vandq_u32(e, lower), tail, row, base, low, step, threshold, estimates);
            mask |= finish_neon(vandq_u32(o, lower), tail, row + 16, base, low, step, threshold, estimates);
            mask |= finish_neon(vshrq_n_u32(e, 16), tail, row + 32, base, low, step, threshold, estimates);
            mask |= finish_neon(vshrq_n_u32(o, 16), tail, row + 48, base, low, step, threshold, estimates);
        }
        passed[b] = mask;
    }
}

static void nearest_neon(const float *rows, int32_t count, int32_t dimension, const float *panels, int32_t panel_count,
                         const float *bias, int32_t *best, float *score) {
    size_t d = (size_t) dimension;
    for (int32_t p = 0; p < panel_count; p++) {
        const float *panel = panels + (size_t) p * d * PANEL;
        for (int32_t r = 0; r < count; r += AT_ONCE) {
            int32_t here = count - r < AT_ONCE ? count - r : AT_ONCE;
            const float *row[AT_ONCE];
            for (int k = 0; k < AT_ONCE; k++) {
                row[k] = rows + (size_t) (k < here ? r + k : r) * d;
            }
            float sums[AT_ONCE][PANEL];
            for (int column = 0; column < PANEL; column += 16) {
                float32x4_t s[AT_ONCE][4];
                for (int k = 0; k < AT_ONCE; k++) {
                    for (int v = 0; v < 4; v++) {
                        s[k][v] = vdupq_n_f32(0);
                    }
                }
                const float *at = panel + column;
                for (size_t i = 0; i < d; i++, at += PANEL) {
                    float32x4_t v0 = vld1q_f32(at);
                    float32x4_t v1 = vld1q_f32(at + 4);
                    float32x4_t v2 = vld1q_f32(at + 8);
                    float32x4_t v3 = vld1q_f32(at + 12);
                    for (int k = 0; k < AT_ONCE; k++) {
                        float x = row[k][i];
                        s[k][0] = vfmaq_n_f32(s[k][0], v0, x);
                        s[k][1] = vfmaq_n_f32(s[k][1], v1, x);
                        s[k][2] = vfmaq_n_f32(s[k][2], v2, x);
                        s[k][3] = vfmaq_n_f32(s[k][3], v3, x);
                    }
                }
                for (int k = 0; k < AT_ONCE; k++) {
                    for (int v = 0; v < 4; v++) {
                        vst1q_f32(sums[k] + column + 4 * v, s[k][v]);
                    }
                }
            }
            for (int k = 0; k < here; k++) {
                float32x4_t most = vdupq_n_f32(-INFINITY);
                for (int c = 0; c < PANEL; c += 4) {
                    float32x4_t biased = vaddq_f32(vld1q_f32(sums[k] + c),
                                                   vld1q_f32(bias + (size_t) p * PANEL + (size_t) c));
                    most = vmaxnmq_f32(most, biased);
                }
                /* The slow loop only where a column is better than those of the panels before. */
                if (vmaxnmvq_f32(most) > score[r + k]) {
                    keep_best(sums[k], bias, p, best + r + k, score + r + k);
                }
            }
        }
    }
}

static const struct variant VARIANTS[] = {
    {"c-neon", always, dot_neon, squared_distance_neon, dot_int8_neon, estimate_neon, nearest_neon, append_plain,
     select_plain, rotate_plain},
    {"plain-c", always, dot_four_plain, squared_distance_four_plain, dot_int8_four_plain, estimate_plain,
     nearest_plain, append_plain, select_plain, rotate_plain},
};

#else

static const struct variant VARIANTS[] = {
    {"plain-c", always, dot_four_plain, squared_distance_four_plain, dot_int8_four_plain, estimate_plain,
     nearest_plain, append_plain, select_plain, rotate_plain},
};

#endif

/* ---- what is exported --------------------------------------------------------------------------------------------- */

int32_t quiver_kernels_interface(void) {
    return QUIVER_KERNELS_INTERFACE;
}

int32_t quiver_kernels_variants(void) {
    return (int32_t) (sizeof VARIANTS / sizeof VARIANTS[0]);
}

const char *quiver_kernels_name(int32_t variant) {
    return variant >= 0 && variant < quiver_kernels_variants() && VARIANTS[variant].runs_here()
            ? VARIANTS[variant].name
            : NULL;
}

static void scan(score_four *of, size_t row_bytes, const uint8_t *rows, int32_t count, const uint8_t *query,
                 int32_t dimension, uint8_t *scores) {
    /* A quarter apart: each is a stream of its own, which the processor reads ahead; side by side, memory gives half. */
    int32_t quarter = count / AT_ONCE;
    uint8_t some[4 * AT_ONCE];
    for (int32_t i = 0; i < quarter; i++) {
        const uint8_t *four[AT_ONCE];
        for (int k = 0; k < AT_ONCE; k++) {
            four[k] = rows + ((size_t) k * (size_t) quarter + (size_t) i) * row_bytes;
        }
        of(four, query, dimension, some);
        for (int k = 0; k < AT_ONCE; k++) {
            memcpy(scores + 4 * ((size_t) k * (size_t) quarter + (size_t) i), some + 4 * k, 4);
        }
    }
    int32_t done = AT_ONCE * quarter;
    if (done < count) {
        const uint8_t *four[AT_ONCE];
        for (int k = 0; k < AT_ONCE; k++) {
            /* The last ones are filled up, so that there is one order of summation. */
            four[k] = rows + (size_t) (done + k < count ? done + k : done) * row_bytes;
        }
        of(four, query, dimension, some);
        memcpy(scores + 4 * (size_t) done, some, 4 * (size_t) (count - done));
    }
}

/* Rows whose memory is asked for before they are scored; and of each so much, what is behind follows by the processor's own means. */
#define ROWS_AHEAD (2 * AT_ONCE)
#define BYTES_AHEAD 2048

static int32_t scan_at(score_four *of, size_t row_bytes, const uint8_t *rows, int64_t limit, const int32_t *ordinals,
                       int32_t count, const uint8_t *query, int32_t dimension, uint8_t *scores) {
    for (int32_t i = 0; i < count; i++) {
        if (ordinals[i] < 0 || ordinals[i] >= limit) {
            return i;
        }
    }
    size_t some_bytes = row_bytes < BYTES_AHEAD ? row_bytes : BYTES_AHEAD;
    int32_t asked = AT_ONCE;
    for (int32_t i = 0; i < count; i += AT_ONCE) {
        int32_t here = count - i < AT_ONCE ? count - i : AT_ONCE;
        for (; asked < count && asked < i + AT_ONCE + ROWS_AHEAD; asked++) {
            prefetch_range(rows + (size_t) ordinals[asked] * row_bytes, some_bytes);
        }
        const uint8_t *four[AT_ONCE];
        for (int k = 0; k < AT_ONCE; k++) {
            four[k] = rows + (size_t) ordinals[k < here ? i + k : i] * row_bytes;
        }
        if (here == AT_ONCE) {
            of(four, query, dimension, scores + 4 * (size_t) i);
        } else {
            uint8_t some[4 * AT_ONCE];
            of(four, query, dimension, some);
            memcpy(scores + 4 * (size_t) i, some, 4 * (size_t) here);
        }
    }
    return -1;
}

void quiver_dot(int32_t variant, const void *rows, int64_t offset, int32_t count, const void *query, int32_t dimension,
                float *scores) {
    scan(VARIANTS[variant].dot, 4 * (size_t) dimension, (const uint8_t *) rows + offset, count, query, dimension,
         (uint8_t *) scores);
}

void quiver_squared_distance(int32_t variant, const void *rows, int64_t offset, int32_t count, const void *query,
                             int32_t dimension, float *scores) {
    scan(VARIANTS[variant].squared_distance, 4 * (size_t) dimension, (const uint8_t *) rows + offset, count, query,
         dimension, (uint8_t *) scores);
}

void quiver_dot_int8(int32_t variant, const void *rows, int64_t offset, int32_t count, const void *query,
                     int32_t dimension, int32_t *scores) {
    scan(VARIANTS[variant].dot_int8, (size_t) dimension, (const uint8_t *) rows + offset, count, query, dimension,
         (uint8_t *) scores);
}

int32_t quiver_dot_at(int32_t variant, const void *rows, int64_t limit, const int32_t *ordinals, int32_t count,
                      const void *query, int32_t dimension, float *scores) {
    return scan_at(VARIANTS[variant].dot, 4 * (size_t) dimension, rows, limit, ordinals, count, query, dimension,
                   (uint8_t *) scores);
}

int32_t quiver_squared_distance_at(int32_t variant, const void *rows, int64_t limit, const int32_t *ordinals,
                                   int32_t count, const void *query, int32_t dimension, float *scores) {
    return scan_at(VARIANTS[variant].squared_distance, 4 * (size_t) dimension, rows, limit, ordinals, count, query,
                   dimension, (uint8_t *) scores);
}

int32_t quiver_dot_int8_at(int32_t variant, const void *rows, int64_t limit, const int32_t *ordinals, int32_t count,
                           const void *query, int32_t dimension, int32_t *scores) {
    return scan_at(VARIANTS[variant].dot_int8, (size_t) dimension, rows, limit, ordinals, count, query, dimension,
                   (uint8_t *) scores);
}

void quiver_estimate(int32_t variant, const void *blocks, int64_t offset, int32_t count, int64_t next,
                     const uint8_t *table, int32_t pairs, float base, float low, float step, float threshold,
                     float *estimates, uint64_t *passed) {
    const uint8_t *start = blocks;
    VARIANTS[variant].estimate(start + offset, count, next < 0 ? NULL : start + next, table, pairs, base, low, step,
                               threshold, estimates, passed);
}

/* 64 bits from a place that need not be a multiple of 64. */
static uint64_t bits_from(const uint64_t *words, int64_t count, int32_t from) {
    int64_t w = from >> 6;
    int shift = from & 63;
    uint64_t low = words[w] >> shift;
    return shift == 0 || w + 1 == count ? low : low | words[w + 1] << (64 - shift);
}

/* Blocks between two looks at how many keys there are; their estimates stay on the stack. */
#define COLLECTED_AT_ONCE 4

int32_t quiver_collect(int32_t variant, const void *blocks, int64_t limit, const int32_t *runs, const float *bases,
                       int32_t from, int32_t to, const uint8_t *table, int32_t pairs, float low, float step,
                       const uint64_t *allowed, int64_t words, int32_t wanted, int32_t size, int64_t *keys) {
    const struct variant *v = VARIANTS + variant;
    for (int32_t r = from; r < to; r++) {
        const int32_t *run = runs + 3 * r;
        if (run[0] < 0 || run[1] < 0 || (int64_t) run[0] + run[1] > limit || run[2] < 0
            || (allowed && run[1] > 0 && (run[2] + BLOCK_ROWS * (run[1] - (int64_t) 1)) >> 6 >= words)) {
            return -1 - r;
        }
    }
    float estimates[COLLECTED_AT_ONCE * BLOCK_ROWS];
    uint64_t passed[COLLECTED_AT_ONCE];
    size_t bytes = block_bytes(pairs);
    int32_t full = QUIVER_KEYS_FULL(wanted);
    float threshold = -INFINITY;
    for (int32_t r = from; r < to; r++) {
        const int32_t *run = runs + 3 * r;
        int32_t next_blocks = r + 1 < to ? run[4] : 0;
        for (int32_t b = 0; b < run[1]; b += COLLECTED_AT_ONCE) {
            if (size >= (threshold == -INFINITY ? wanted : full)) {
                v->select(size, wanted, keys);
                size = wanted;
                threshold = least_score(size, keys);
            }
            int32_t count = run[1] - b < COLLECTED_AT_ONCE ? run[1] - b : COLLECTED_AT_ONCE;
            const uint8_t *start = blocks;
            const uint8_t *ahead = b < next_blocks ? start + (size_t) (run[3] + b) * bytes : NULL;
            v->estimate(start + (size_t) (run[0] + b) * bytes, count, ahead, table, pairs, bases[r], low, step,
                        threshold, estimates, passed);
            for (int32_t i = 0; i < count; i++) {
                int32_t row = run[2] + BLOCK_ROWS * (b + i);
                uint64_t rows = passed[i] & (allowed ? bits_from(allowed, words, row) : ~(uint64_t) 0);
                if (rows != 0) {
                    size += v->append(estimates + BLOCK_ROWS * i, rows, row, keys + size);
                }
            }
        }
    }
    if (size > wanted) {
        v->select(size, wanted, keys);
        size = wanted;
    }
    return size;
}

void quiver_select(int32_t variant, int32_t size, int32_t wanted, int64_t *keys) {
    VARIANTS[variant].select(size, wanted, keys);
}

void quiver_rotate(int32_t variant, const float *signs, int32_t dimension, float *x) {
    VARIANTS[variant].rotate(signs, dimension, x);
}

void quiver_nearest(int32_t variant, const float *rows, int32_t first, int32_t count, int32_t dimension,
                    const float *panels, int32_t panel_count, const float *bias, int32_t *best, float *score) {
    for (int32_t r = first; r < first + count; r++) {
        best[r] = 0;
        score[r] = -INFINITY;
    }
    VARIANTS[variant].nearest(rows + (size_t) first * (size_t) dimension, count, dimension, panels, panel_count, bias,
                              best + first, score + first);
}

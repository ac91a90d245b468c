#include "conednn.h"

#include <string.h>

// Positions that are handled together: one cache line of one-limb values.
enum { BLOCK = 8 };

static inline uint64_t bits_at(const uint64_t *value, size_t limbs, unsigned first_bit) {
    const size_t limb = first_bit / 64;
    const unsigned shift = first_bit % 64;
    const uint64_t fill = (uint64_t)((int64_t)value[limbs - 1] >> 63);
    const uint64_t low = limb < limbs ? value[limb] : fill;
    const uint64_t high = limb + 1 < limbs ? value[limb + 1] : fill;
    return shift == 0 ? low : low >> shift | high << (64 - shift);
}

// Values of one limb that are read in one go: planes lie megabytes apart, and few of them fit the tables of pages and caches at once.
enum { RUN = 64 };

// A row of one-limb values whose digit lies within them.
static void write_narrow_row(
    uint8_t *target, const conednn_integers *image, size_t row, unsigned first_bit, uint8_t mask, uint8_t flip) {
    const size_t plane = image->height * image->width, channels = image->channels;
    for (size_t column = 0; column < image->width; column += RUN) {
        const size_t count = image->width - column < RUN ? image->width - column : RUN;
        const uint64_t *source = image->words + row * image->width + column;
        for (size_t channel = 0; channel < channels; channel++, source += plane) {
            uint8_t digits[RUN];
            for (size_t i = 0; i < count; i++) digits[i] = ((uint8_t)(source[i] >> first_bit) & mask) ^ flip;
            uint8_t *place = target + column * channels + channel;
            for (size_t i = 0; i < count; i++) place[i * channels] = digits[i];
        }
    }
}

// A row of the image, without its padding.
static void write_row(
    uint8_t *target, const conednn_integers *image, size_t row, unsigned first_bit, uint64_t mask, uint8_t flip) {
    if (image->limbs == 1 && mask < 256 && first_bit < 56) {
        write_narrow_row(target, image, row, first_bit, (uint8_t)mask, flip);
        return;
    }
    const size_t plane = image->height * image->width;
    for (size_t column = 0; column < image->width; column += BLOCK) {
        const size_t count = image->width - column < BLOCK ? image->width - column : BLOCK;
        for (size_t channel = 0; channel < image->channels; channel++) {
            const uint64_t *source =
                image->words + (channel * plane + row * image->width + column) * image->limbs;
            uint8_t *place = target + column * image->channels + channel;
            for (size_t i = 0; i < count; i++) {
                const uint64_t bits = bits_at(source + i * image->limbs, image->limbs, first_bit);
                place[i * image->channels] = (uint8_t)(bits & mask) ^ flip;
            }
        }
    }
}

void conednn_write_digit(
    uint8_t *target, const conednn_integers *image, size_t padding, size_t first_row, size_t rows, unsigned first_bit,
    unsigned bits, uint8_t flip) {
    const size_t row_bytes = (image->width + 2 * padding) * image->channels;
    const uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (size_t row = first_row; row < first_row + rows; row++, target += row_bytes) {
        if (row < padding || row >= padding + image->height) {
            memset(target, flip, row_bytes);
            continue;
        }
        const size_t margin = padding * image->channels;
        memset(target, flip, margin);
        write_row(target + margin, image, row - padding, first_bit, mask, flip);
        memset(target + row_bytes - margin, flip, margin);
    }
}

// `value * 2^shift` added to `limbs` words.
static void add_shifted(uint64_t *words, size_t limbs, int64_t value, unsigned shift) {
    const unsigned bits = shift % 64;
    uint64_t addend = (uint64_t)value << bits;
    uint64_t rest = (uint64_t)(bits == 0 ? value >> 63 : value >> (64 - bits));
    unsigned char carry = 0;
    for (size_t limb = shift / 64; limb < limbs; limb++) {
        const uint64_t partial = words[limb] + addend;
        const uint64_t sum = partial + carry;
        carry = (partial < addend) | (sum < partial);
        words[limb] = sum;
        addend = rest;
        rest = (uint64_t)((int64_t)rest >> 63);
    }
}

// Channels that are handled together, so that their values lie on the stack.
enum { CHANNELS = 64 };

// The sums of one position and some channels, all digits put together, modulo 2^64.
static void collect(uint64_t *values, const conednn_sums *sums, size_t position, size_t channel, size_t count) {
    memset(values, 0, count * sizeof *values);
    for (size_t digit = 0; digit < sums->digits; digit++) {
        for (size_t weight = 0; weight < sums->weight_digits; weight++) {
            const unsigned shift = (unsigned)digit * sums->digit_bits + (unsigned)weight * sums->weight_bits;
            if (shift >= 64) continue;
            const size_t row = (digit * sums->positions + position) * sums->weight_digits + weight;
            const int32_t *source = sums->sums + row * sums->channels + channel;
            for (size_t i = 0; i < count; i++) values[i] += (uint64_t)(int64_t)source[i] << shift;
        }
    }
}

static void add_values(
    uint64_t *target, size_t limbs, const uint64_t (*values)[CHANNELS], size_t channel, size_t count, unsigned shift) {
    if (limbs > 1) {
        for (size_t i = 0; i < count; i++) add_shifted(target + i * limbs, limbs, (int64_t)values[i][channel], shift);
    } else if (shift < 64) {
        for (size_t i = 0; i < count; i++) target[i] += values[i][channel] << shift;
    }
}

void conednn_add_sums(
    uint64_t *words, size_t limbs, size_t plane, const conednn_sums *sums, size_t first, unsigned shift) {
    uint64_t values[BLOCK][CHANNELS];
    for (size_t channel = 0; channel < sums->channels; channel += CHANNELS) {
        const size_t channels = sums->channels - channel < CHANNELS ? sums->channels - channel : CHANNELS;
        for (size_t start = first; start < sums->positions; start += BLOCK) {
            const size_t count = sums->positions - start < BLOCK ? sums->positions - start : BLOCK;
            for (size_t i = 0; i < count; i++) collect(values[i], sums, start + i, channel, channels);
            for (size_t i = 0; i < channels; i++) {
                uint64_t *target = words + ((channel + i) * plane + start - first) * limbs;
                add_values(target, limbs, (const uint64_t(*)[CHANNELS])values, i, count, shift);
            }
        }
    }
}

// The choice code: a choice x of i bits has the codeword <g, x> over the non-zero g of GF(2)^5 with a part in the first i bits (the
// simplex code, distance 16), and 16 rows compress the 31 bytes of a codeword times Delta to 128 bits.
#include "kernel.h"

const uint8_t ot_coordinates[OT_COORDINATES] = {1,  2,  4,  8,  16, 3,  5,  6,  7,  9,  10, 11, 12, 13, 14, 15,
                                                17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

// A systematic generator of the cyclic [31, 16] code with the minimal polynomials of a^3, a^5 and a^15, a^5 = a^2 + 1. All 31
// supports of codewords are information sets, which Tests/ObliviousTransferTests checks; random matrices fail it.
const uint32_t ot_rows[16] = {0x69140001, 0x4bdd0002, 0x39420004, 0x72060008, 0x45ef0010, 0x69fa0020,
                              0x216b0040, 0x13540080, 0x7da60100, 0x565f0200, 0x4d850400, 0x4a520800,
                              0x548e1000, 0x447a2000, 0x03e54000, 0x37678000};

const uint8_t *ot_code_coordinates(void) { return ot_coordinates; }
const uint32_t *ot_code_rows(void) { return ot_rows; }

size_t ot_correction_planes(ot_shape shape) {
  size_t used = 0;
  for (int c = 0; c < OT_COORDINATES; c++) used += (size_t)ot_is_used(c, shape.index);
  return used * (8 / shape.field) - shape.index;
}

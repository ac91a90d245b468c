"""Known answers for ImageQuality.referenceSSIM, by loops over every window: python3 make_reference_ssim.py

Written from the description of the published code's SSIM, not from ours: 11 x 11 Gaussian, sigma 1.5, weights exp(-(i - 5.5)^2 / 4.5),
zeros outside the image, mean over all pixels, constants 0.01^2 and 0.03^2, values (HU + 2048) / 3072.
"""
import math


def image(seed, height, width):
    """The same formula as in MetricsTests.swift; HU."""
    return [[(37 * y * y + 11 * x * x + 101 * x + seed * (y + 3 * x) * 13) % 1601 - 700 for x in range(width)] for y in range(height)]


def ssim(a, b):
    height, width = len(a), len(a[0])
    line = [math.exp(-((i - 5.5) ** 2) / 4.5) for i in range(11)]
    total = sum(line)
    line = [w / total for w in line]
    result = 0.0
    for y in range(height):
        for x in range(width):
            sums = [0.0] * 5
            for j in range(11):
                for i in range(11):
                    v, u = y + j - 5, x + i - 5
                    if 0 <= v < height and 0 <= u < width:
                        p, q, w = (a[v][u] + 2048) / 3072, (b[v][u] + 2048) / 3072, line[j] * line[i]
                        for k, term in enumerate((p, q, p * p, q * q, p * q)):
                            sums[k] += w * term
            mp, mq, pp, qq, pq = sums
            result += ((2 * mp * mq + 1e-4) * (2 * (pq - mp * mq) + 9e-4)) / (
                (mp * mp + mq * mq + 1e-4) * (pp - mp * mp + qq - mq * mq + 9e-4))
    return result / (height * width)


for height, width in ((12, 17), (24, 16)):
    print(height, width, repr(ssim(image(1, height, width), image(2, height, width))),
          repr(ssim(image(3, height, width), image(3, height, width))))

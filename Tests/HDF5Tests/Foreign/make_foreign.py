"""Files as other people's programs write them: python3 make_foreign.py [FOLDER] (numpy, h5py, hdf5plugin from PyPI).

The committed ones were made with numpy 2.4.6, h5py 3.16.0 (HDF5 2.0.0), hdf5plugin 7.1.0.
"""
import os, sys
import h5py, hdf5plugin, numpy as np

os.chdir(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
whole = (np.arange(24).reshape(4, 6) * 37 - 400)


def make(name, **options):
    return h5py.File(name, "w", libver=options.pop("libver", ("earliest", "v108")), **options)


# Every plain number type: x holds whole - 400...451 as far as the type goes.
with make("numbers.h5") as f:
    for name in ("int16", "int32", "int64", "float16", "float32", "float64", ">i2", ">f4", ">f8"):
        f[name.replace(">", "big-")] = whole.astype(name)
    for name in ("uint8", "uint16", "uint32", "uint64"):
        f[name] = np.abs(whole % 256).astype(name)
    f["longdouble"] = whole.astype("longdouble")
    f["bool"] = whole > 0
    f["compound"] = np.zeros(2, dtype=[("a", "f4"), ("b", "i2")])
    f["empty"] = h5py.Empty("f4")
    # What some type cannot hold.
    f["beyond-int64"] = np.array([2**64 - 1], dtype="uint64")
    f["beyond-float32-whole"] = np.array([2**24 + 1], dtype="int32")
    f["beyond-float32"] = np.array([1e300])
    f["infinite"] = np.array([np.inf, np.nan])
    for name, value in {"int": np.int32(7), "uint64": np.uint64(2**64 - 1), "half": np.float16(0.5), "text": "seven",
                        "bytes": np.bytes_("seven"), "list": [1, 2, 3], "flag": True}.items():
        f.attrs[name] = value

with make("filters.h5") as f:
    for name, filters in {"gzip": dict(compression="gzip", shuffle=True, fletcher32=True), "lzf": dict(compression="lzf"),
                          "scaleoffset": dict(scaleoffset=0), "zstd": dict(hdf5plugin.Zstd()), "blosc": dict(hdf5plugin.Blosc())}.items():
        f.create_dataset(name, data=whole.astype("i2"), chunks=(2, 3), **filters)

with make("other.h5") as f:
    f["x"] = whole.astype("f4")
with make("elsewhere.h5") as f:
    f["group/inside"] = whole.astype("f4")
    f["soft"] = h5py.SoftLink("/group/inside")
    f["hard"] = f["group/inside"]
    f["dangling"] = h5py.SoftLink("/nothing")
    f["external"] = h5py.ExternalLink("other.h5", "/x")
    f["absent"] = h5py.ExternalLink("absent.h5", "/x")
    f["softly-external"] = h5py.SoftLink("/external")
    f["by-group"] = h5py.ExternalLink("other.h5", "/")
    f.create_dataset("raw", shape=(4, 6), dtype="f4", external=[("other.h5", 0, h5py.h5f.UNLIMITED)])
with h5py.File("virtual.h5", "w", libver=("v110", "v110")) as f:
    layout = h5py.VirtualLayout((8, 6), dtype="f4")
    layout[:4] = h5py.VirtualSource("other.h5", "x", shape=(4, 6))
    layout[4:] = h5py.VirtualSource("absent.h5", "x", shape=(4, 6))
    f.create_virtual_dataset("virtual", layout, fillvalue=-1)

# More declared than stored.
with make("unwritten.h5") as f:
    f.create_dataset("contiguous", shape=(4, 6), dtype="f4")
    f.create_dataset("chunked", shape=(4, 6), dtype="f4", chunks=(2, 3))
    part = f.create_dataset("part", shape=(4, 6), dtype="f4", chunks=(2, 3), compression="gzip")
    part[:2] = 1
    f.create_dataset("32-gigabytes", shape=(2**31, 4), dtype="f4", chunks=(2**16, 4), compression="gzip")
    f.create_dataset("64-gigabytes-of-strings", shape=(2**33,), dtype=h5py.string_dtype(), chunks=(2**16,))
    f.create_dataset("wide-strings", shape=(2**12,), dtype="S1048576", chunks=(1,))
# One chunk that unpacks to 1,000 times its bytes, and one that unpacks to far more.
with make("bomb.h5") as f:
    f.create_dataset("zeros", data=np.zeros((1024, 1024), "f4"), chunks=(1024, 1024), compression="gzip", compression_opts=9)
    twice = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    twice.set_chunk((1024, 1024))
    twice.set_deflate(9)
    twice.set_deflate(9)
    made = h5py.h5d.create(f.id, b"twice", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((1024, 1024)), twice)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.zeros((1024, 1024), "f4"))

with make("strings.h5") as f:
    words = ["a", "", "Müller"]
    f.create_dataset("variable", data=words, dtype=h5py.string_dtype())
    f["fixed"] = np.array([w.encode() for w in words])
    f.create_dataset("compressed", data=np.array([w.encode() for w in words]), chunks=(2,), compression="gzip")
with h5py.File("latest.h5", "w", libver=("v110", "v110"), userblock_size=512) as f:
    f.create_dataset("x", data=whole.astype("f4"), chunks=(2, 3), maxshape=(None, 6), compression="gzip")
    f.attrs["source"] = "latest"

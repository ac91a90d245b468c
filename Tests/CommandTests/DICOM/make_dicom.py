#!/usr/bin/env python3
"""Makes the synthetic DICOM slices beside it; nobody was scanned, every name and date is invented.

    python3 -m venv venv && venv/bin/pip install pydicom numpy pylibjpeg-openjpeg
    apt-get install libgdcm-tools        # gdcmconv, for the JPEG processes
    venv/bin/python make_dicom.py

mayo/       three patients, two slices each, in the tree of the 2016 challenge: <patient>/{full,quarter}_3mm/*.IMA
syntaxes/   one slice of signed 12-bit values, padding outside the body and noise in the unused bits where they are raw, in
            every transfer syntax; hu.json holds what all of them decode to
identifying.json   every value that must not be found in a prepared file
"""
import json
import pathlib
import subprocess

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (CTImageStorage, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian,
                         JPEG2000Lossless, RLELossless)

HERE = pathlib.Path(__file__).parent
SIZE, SPACING, THICKNESS = 32, 0.75, 3.0
PATIENTS = ["L067", "L096", "L143"]
ROOT = "1.2.826.0.1.3680043.8.498.20190314"
identifying = set()


def body(generator, slice_number):
    """HU: an ellipse of soft tissue with a few inserts, air around it."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    hu = np.full((SIZE, SIZE), -1000.0)
    hu[(x / 15) ** 2 + (y / 14) ** 2 < 1] = 40
    for _ in range(5):
        cx, cy, radius = generator.uniform(-8, 8), generator.uniform(-8, 8), generator.uniform(1.5, 4)
        hu[(x - cx) ** 2 + (y - cy) ** 2 < radius ** 2] = generator.uniform(-90, 300)
    return hu + 5 * slice_number


def known(value):
    identifying.add(str(value))
    return value


def dataset(path, patient, number, series, description, stored, signed=False, padding=None):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = known(f"{ROOT}.{patient}.{series}.{number}".replace("L", "9"))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = known("20190314")
    ds.StudyTime = known("092653.589793")
    ds.AccessionNumber = known(f"ACC-{patient}-77")
    ds.Modality = "CT"
    ds.Manufacturer, ds.InstitutionName = "Nobody", known("Invented General Hospital")
    ds.ReferringPhysicianName = known("Referrer^Rita")
    ds.StationName = known("STATION-0815")
    ds.SeriesDescription = description
    ds.PatientName = known(f"Invented^Patient-{patient}")
    ds.PatientID = known(f"{patient}")
    ds.PatientBirthDate = known("19481224")
    ds.PatientSex, ds.PatientAge = "O", "070Y"
    ds.DeviceSerialNumber = known("SN-314159-Q")
    ds.SliceThickness = str(THICKNESS)
    ds.StudyInstanceUID = known(f"{ROOT}.{patient}".replace("L", "9"))
    ds.SeriesInstanceUID = known(f"{ROOT}.{patient}.{series}".replace("L", "9"))
    ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = known(f"STUDY-{patient}"), series, number
    ds.FrameOfReferenceUID = known(f"{ROOT}.{patient}.7".replace("L", "9"))
    ds.ImagePositionPatient = ["-12.0", "-11.5", f"{-40 + THICKNESS * number:.1f}"]
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns, ds.PixelSpacing = *stored.shape, [str(SPACING)] * 2
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, int(signed)
    if padding is not None:
        ds.add_new((0x0028, 0x0120), "SS" if signed else "US", padding)
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0" if signed else "-1024", "1", "HU"
    ds.PixelData = stored.astype("<i2" if signed else "<u2").tobytes()
    return ds


def save(ds, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)


def mayo():
    for index, patient in enumerate(PATIENTS):
        generator = np.random.default_rng(index)
        for number in range(2):
            hu = body(generator, number)
            for series, dose, noise in ((1, "full", 10), (2, "quarter", 30)):
                noisy = np.clip(np.rint(hu + generator.normal(0, noise, hu.shape)), -1024, 3071)
                path = HERE / "mayo" / patient / f"{dose}_3mm" / f"{patient}_{dose[0].upper()}D_3_1.CT.{number + 1:04}.IMA"
                save(dataset(path, patient, number, series, f"{dose.capitalize()} dose", noisy + 1024), path)


def syntaxes():
    generator = np.random.default_rng(9)
    hu = np.clip(np.rint(body(generator, 0) + generator.normal(0, 10, (SIZE, SIZE))), -1024, 2047).astype(int)
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    outside = (x / 15.5) ** 2 + (y / 15.5) ** 2 > 1
    stored = np.where(outside, -2000, hu)
    folder = HERE / "syntaxes"
    make = lambda name, values: dataset(folder / name, "L506", 0, 3, "Full dose", values, True, -2000)
    save(make("explicit-little.dcm", stored), folder / "explicit-little.dcm")
    # What lies above the stored bits is nobody's business: overlays once, noise here.
    noisy = (stored & 0x0fff) | (generator.integers(0, 16, stored.shape) << 12)
    save(make("unused-bits.dcm", noisy.astype("<u2").view("<i2")), folder / "unused-bits.dcm")
    for name, syntax in (("implicit-little", ImplicitVRLittleEndian), ("explicit-big", ExplicitVRBigEndian)):
        ds = make(f"{name}.dcm", stored)
        ds.file_meta.TransferSyntaxUID = syntax
        if syntax == ExplicitVRBigEndian:
            ds.PixelData = stored.astype(">i2").tobytes()
        path = folder / f"{name}.dcm"
        pydicom.dcmwrite(path, ds, implicit_vr=syntax == ImplicitVRLittleEndian,
                         little_endian=syntax != ExplicitVRBigEndian, enforce_file_format=True)
    for name, syntax in (("rle", RLELossless), ("jpeg-2000", JPEG2000Lossless)):
        ds = make(f"{name}.dcm", stored)
        ds.compress(syntax, generate_instance_uid=False)
        save(ds, folder / f"{name}.dcm")
    for name, option in (("jpeg-lossless", "--jpeg"), ("jpeg-ls", "--jpegls")):
        subprocess.run(["gdcmconv", option, folder / "explicit-little.dcm", folder / f"{name}.dcm"], check=True)
    expected = np.where(outside, -1024, hu).flatten().tolist()
    (folder / "hu.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


mayo()
syntaxes()
(HERE / "identifying.json").write_text(json.dumps(sorted(identifying), indent=0) + "\n")

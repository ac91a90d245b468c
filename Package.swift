// swift-tools-version: 6.2
import PackageDescription

let library: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "ldct",
    products: [
        .library(name: "Paillier", targets: ["Paillier"]),
        .library(name: "Lattice", targets: ["Lattice"]),
        .library(name: "Numerics", targets: ["Numerics"]),
        .library(name: "Imaging", targets: ["Imaging"]),
        .library(name: "Denoising", targets: ["Denoising"]),
        .library(name: "PrivateDenoising", targets: ["PrivateDenoising"]),
        .executable(name: "ldct", targets: ["ldct"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // C libraries: one module map each, a shim header only for what Swift cannot import.
        .systemLibrary(name: "CGMP", pkgConfig: "gmp", providers: [.apt(["libgmp-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CLAPACK", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CSecretMemory"),
        .target(name: "CPaillierKernel", dependencies: ["CGMP", "CSecretMemory"]),
        .target(name: "CLatticeKernel", dependencies: ["CSecretMemory"]),
        .target(name: "CObliviousTransfer", dependencies: ["CSecretMemory"]),
        // oneDNN (libdnnl-dev), generations 2 and 3, behind a C header; it runs on GNU OpenMP.
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
        // Child processes that read strangers' files: their limits, libhdf5 and GDCM (libgdcm-dev) in them.
        .target(name: "CIsolation"),
        .target(name: "CHDF5Reader", dependencies: ["CIsolation", "CHDF5"]),
        .target(
            name: "CDICOM",
            dependencies: ["CIsolation"],
            linkerSettings: [.linkedLibrary("gdcmMSFF"), .linkedLibrary("gdcmDSED"), .linkedLibrary("gdcmCommon")]),

        // Files, locks, digests, progress: below everything.
        .target(
            name: "Support", dependencies: ["CIsolation", "CZlib", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: library),
        // Two stacks that meet once, in PrivateDenoising.
        .target(name: "Numerics", dependencies: ["CGMP", "CLAPACK", "CSecretMemory"], swiftSettings: library),
        .target(name: "HDF5", dependencies: ["CHDF5", "CHDF5Reader", "Support"], swiftSettings: library),
        .target(
            name: "Imaging",
            dependencies: ["HDF5", "Numerics", "CDICOM", "Support"],
            swiftSettings: library),
        .target(
            name: "Denoising",
            dependencies: ["Numerics", "HDF5", "Imaging", "COneDNN", "Support"],
            swiftSettings: library),
        .target(name: "Lattice", dependencies: ["Numerics", "CLatticeKernel"], swiftSettings: library),
        .target(
            name: "Paillier",
            dependencies: ["Numerics", "CPaillierKernel"],
            swiftSettings: library),
        // Transfers between two parties, and ReLU with requantisation on shares; know no image and no network.
        .target(
            name: "ObliviousTransfer",
            dependencies: ["CObliviousTransfer", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: library),
        .target(name: "SharedEvaluation", dependencies: ["ObliviousTransfer"], swiftSettings: library),
        .target(
            name: "PrivateDenoising",
            dependencies: [
                "Paillier", "Lattice", "Denoising", "SharedEvaluation", "ObliviousTransfer", "Numerics", "Support",
            ],
            swiftSettings: library),
        // Whole messages over TLS between machines; the only importer of NIO.
        .target(
            name: "Transport",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: library),
        // A network served to clients elsewhere, and their side of it.
        .target(
            name: "Serving",
            dependencies: [
                "PrivateDenoising", "Transport", "Denoising", "Imaging", "Numerics", "Support",
            ],
            swiftSettings: library),
        // The paper's encoding as published: a yardstick for measurements and attacks, never a product.
        .target(
            name: "PaperScheme",
            dependencies: ["Paillier", "Numerics"],
            swiftSettings: library),
        // Attacks on recorded transcripts.
        .target(
            name: "Leakage",
            dependencies: [
                "PrivateDenoising", "PaperScheme", "Paillier", "Lattice", "Denoising", "Imaging", "Numerics", "Support",
            ],
            swiftSettings: library),
        // Strict YAML; knows no experiment.
        .target(name: "Configuration", dependencies: ["Support", "Yams"], swiftSettings: library),
        // Data in: volumes, DICOM, phantoms.
        .target(
            name: "Preparation",
            dependencies: [
                "Configuration", "Imaging", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: library),
        .target(name: "Reporting", dependencies: ["Configuration", "Support"], swiftSettings: library),
        .target(
            name: "Experiments",
            dependencies: [
                "Configuration", "Preparation", "Reporting", "Leakage", "Serving", "Transport", "PrivateDenoising",
                "PaperScheme", "Paillier", "Lattice", "Denoising", "Imaging", "HDF5", "Numerics", "Support",
            ],
            swiftSettings: library),
        .executableTarget(
            name: "ldct",
            dependencies: [
                "Configuration", "Experiments", "Preparation", "Reporting", "Leakage", "PrivateDenoising", "Paillier",
                "Denoising", "Imaging", "Serving", "Support", "Transport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: library),

        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: library),
        .testTarget(name: "NumericsTests", dependencies: ["Numerics"], swiftSettings: library),
        .testTarget(name: "SupportTests", dependencies: ["Support", "TestSupport"], swiftSettings: library),
        .testTarget(
            name: "HDF5Tests", dependencies: ["HDF5", "Support", "TestSupport"], resources: [.copy("Foreign")],
            swiftSettings: library),
        .testTarget(
            name: "ImagingTests", dependencies: ["Imaging", "HDF5", "TestSupport", "Numerics"],
            resources: [.copy("Vectors")], swiftSettings: library),
        .testTarget(
            name: "DenoisingTests",
            dependencies: ["Denoising", "Imaging", "HDF5", "Numerics", "Support", "TestSupport"],
            resources: [.copy("Vectors")], swiftSettings: library),
        .testTarget(
            name: "LatticeTests",
            dependencies: [
                "Lattice", "Numerics", "CLatticeKernel", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ], resources: [.copy("Vectors")], swiftSettings: library),
        .testTarget(
            name: "PaillierTests", dependencies: ["Paillier", "Numerics", "CPaillierKernel", "TestSupport"],
            resources: [.copy("Vectors")], swiftSettings: library),
        .testTarget(
            name: "ObliviousTransferTests",
            dependencies: ["ObliviousTransfer", "CObliviousTransfer", "CSecretMemory", "TestSupport"],
            swiftSettings: library),
        .testTarget(
            name: "SharedEvaluationTests", dependencies: ["SharedEvaluation", "ObliviousTransfer"],
            swiftSettings: library),
        .testTarget(
            name: "PrivateDenoisingTests",
            dependencies: ["PrivateDenoising", "Paillier", "Lattice", "Denoising", "Numerics"],
            swiftSettings: library),
        .testTarget(name: "TransportTests", dependencies: ["Transport", "TestSupport"], swiftSettings: library),
        .testTarget(
            name: "ServingTests",
            dependencies: [
                "Serving", "Transport", "PrivateDenoising", "Paillier", "Lattice", "Denoising", "Imaging", "Numerics",
                "TestSupport",
            ],
            swiftSettings: library),
        .testTarget(
            name: "PaperSchemeTests", dependencies: ["PaperScheme", "Paillier", "Denoising", "Numerics"],
            swiftSettings: library),
        .testTarget(
            name: "LeakageTests",
            dependencies: [
                "Leakage", "PrivateDenoising", "Paillier", "Lattice", "Denoising", "Imaging", "Numerics", "TestSupport",
            ],
            swiftSettings: library),
        .testTarget(
            name: "ReportingTests", dependencies: ["Reporting", "Numerics", "Support", "TestSupport"],
            resources: [.copy("Golden")], swiftSettings: library),
        .testTarget(
            name: "ConfigurationTests", dependencies: ["Configuration"],
            swiftSettings: library),
        .testTarget(
            name: "PreparationTests",
            dependencies: ["Imaging", "Preparation", "Support", "TestSupport"],
            swiftSettings: library),
        .testTarget(
            name: "ExperimentsTests",
            dependencies: [
                "Configuration", "Denoising", "Experiments", "Imaging", "Numerics", "Paillier", "PrivateDenoising",
                "Reporting", "Support", "TestSupport",
            ],
            swiftSettings: library),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "Configuration", "Denoising", "Experiments", "HDF5", "Imaging", "Lattice", "Leakage", "Numerics",
                "Paillier", "Preparation", "PrivateDenoising", "Reporting", "Support", "TestSupport", "ldct",
            ],
            exclude: ["DICOM", "Weights/make_state_dict.py", "Weights/redcnn.safetensors", "Weights/redcnn.json"],
            swiftSettings: library),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)

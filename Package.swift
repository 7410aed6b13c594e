// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // Tests check at run time that accesses to one variable do not overlap; see docs/decisions/0006.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

// Test bodies are full of `#expect` macros, whose expansions strict memory safety cannot see through.
let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

#if arch(arm64)
    let multiarch = "aarch64-linux-gnu"
#else
    let multiarch = "x86_64-linux-gnu"
#endif
let glibFlags = ["-I/usr/include/glib-2.0", "-I/usr/lib/\(multiarch)/glib-2.0/include"]

// The modules are layers: Platform ← Domain, Schema ← Ingress, Worker, Control. The daemons do not know each other.
let package = Package(
    name: "drape",
    products: [
        .executable(name: "drape-ingress", targets: ["Ingress"]),
        .executable(name: "drape-worker", targets: ["Worker"]),
        .executable(name: "drapectl", targets: ["Control"]),
        .executable(name: "drape-demo", targets: ["Demonstration"]),
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "CHiredis", linkerSettings: [.linkedLibrary("hiredis")]),
        .target(name: "CMariaDB", linkerSettings: [.linkedLibrary("mariadb")]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CCares", linkerSettings: [.linkedLibrary("cares")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(
            name: "CVips",
            cSettings: [.unsafeFlags(glibFlags)],
            linkerSettings: [.linkedLibrary("vips"), .linkedLibrary("gobject-2.0"), .linkedLibrary("glib-2.0")]
        ),
        // Loops over pixels are slow without optimization, also in tests.
        .target(
            name: "CPictures", cSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("turbojpeg"), .linkedLibrary("swscale"), .linkedLibrary("avutil")]),
        .target(
            name: "CFaces", cxxSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary(":libdlib.a"), .linkedLibrary("lapack"), .linkedLibrary("blas")]),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "Platform",
            dependencies: [
                "CLinux", "CHiredis", "CMariaDB", "CCurl", "CCares", "CCrypto", "CZlib", "CVips", "CPictures",
                "CSimdJSON",
            ],
            path: "Sources/Shared/Platform",
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Domain", dependencies: ["Platform"], path: "Sources/Shared/Domain", swiftSettings: swiftSettings),
        .target(
            name: "Schema", dependencies: ["Platform"], path: "Sources/Shared/Schema", swiftSettings: swiftSettings),
        .executableTarget(
            name: "Ingress", dependencies: ["CFaces", "Domain", "Platform"], swiftSettings: swiftSettings),
        .executableTarget(name: "Worker", dependencies: ["Domain", "Platform"], swiftSettings: swiftSettings),
        .executableTarget(name: "Demonstration", dependencies: ["Domain", "Platform"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "Control", dependencies: ["Domain", "Platform", "Schema"], swiftSettings: swiftSettings),
        .target(
            name: "TestKit", dependencies: ["Platform"], path: "Tests/TestKit", swiftSettings: testSettings),
        .testTarget(name: "PlatformTests", dependencies: ["Platform", "TestKit"], swiftSettings: testSettings),
        .testTarget(
            name: "DomainTests", dependencies: ["Domain", "Platform", "Schema", "TestKit"],
            swiftSettings: testSettings),
        .testTarget(
            name: "IngressTests", dependencies: ["Ingress", "Domain", "Platform", "TestKit"],
            swiftSettings: testSettings),
        .testTarget(
            name: "WorkerTests", dependencies: ["Worker", "Domain", "Platform", "TestKit"],
            swiftSettings: testSettings),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Control", "Ingress", "Worker", "Domain", "Platform", "TestKit"],
            swiftSettings: testSettings),
        .testTarget(
            name: "TidyTests", dependencies: ["Domain", "Platform"], exclude: ["folder-graph.txt"],
            swiftSettings: testSettings),
    ],
    cxxLanguageStandard: .cxx17
)

// libFuzzer brings its own `main`, so the fuzz target is a static library, and is no part of an ordinary build.
if Context.environment["DRAPE_FUZZ"] != nil {
    package.targets.append(
        .target(name: "HTTPParserFuzz", dependencies: ["Platform"], path: "Fuzz", exclude: ["seeds"]))
    package.products.append(.library(name: "HTTPParserFuzz", type: .static, targets: ["HTTPParserFuzz"]))
}

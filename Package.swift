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
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(
            name: "CVips",
            cSettings: [.unsafeFlags(glibFlags)],
            linkerSettings: [.linkedLibrary("vips"), .linkedLibrary("gobject-2.0"), .linkedLibrary("glib-2.0")]
        ),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "Shared",
            dependencies: [
                "CLinux", "CHiredis", "CMariaDB", "CCurl", "CCrypto", "CZlib", "CVips", "CSimdJSON",
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(name: "Ingress", dependencies: ["Shared"], swiftSettings: swiftSettings),
        .executableTarget(name: "Worker", dependencies: ["Shared"], swiftSettings: swiftSettings),
        .executableTarget(name: "Demonstration", dependencies: ["Shared"], swiftSettings: swiftSettings),
        .executableTarget(name: "Control", dependencies: ["Shared"], swiftSettings: swiftSettings),
        .target(name: "TestServers", dependencies: ["Shared"], path: "Tests/TestServers", swiftSettings: testSettings),
        .testTarget(name: "SharedTests", dependencies: ["Shared", "TestServers"], swiftSettings: testSettings),
        .testTarget(
            name: "IngressTests", dependencies: ["Ingress", "Shared", "TestServers"], swiftSettings: testSettings),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Control", "Ingress", "Worker", "Shared", "TestServers"],
            swiftSettings: testSettings),
        .testTarget(name: "TidyTests", dependencies: ["Shared"], swiftSettings: testSettings),
    ],
    cxxLanguageStandard: .cxx17
)

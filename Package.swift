// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: warnings are errors, so that none is ever lived with.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
    // Checked in debug, where all tests run. On the data path the checks were a fifth of the time
    // that a transaction spends outside the kernel.
    .unsafeFlags(
        ["-enforce-exclusivity=unchecked", "-cross-module-optimization"],
        .when(configuration: .release)),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ more: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + more,
        swiftSettings: settings)
}

/// The comparison with PostgreSQL's own parser, which needs libpg-query-dev: only when asked for.
let oracle: [Target] =
    Context.environment["SWITCHYARD_ORACLE"] == nil
    ? []
    : [
        .systemLibrary(
            name: "CPgQuery", path: "Tests/Oracle/CPgQuery",
            providers: [.apt(["libpg-query-dev"])]),
        .testTarget(
            name: "OracleTests", dependencies: ["StatementClassifier", "CPgQuery"],
            path: "Tests/Oracle/OracleTests", swiftSettings: settings),
    ]

let package = Package(
    name: "switchyard",
    products: [
        .executable(name: "switchyard", targets: ["switchyard"]),
        .executable(name: "proxyctl", targets: ["proxyctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
    ],
    targets: [
        // Below the purity line: no sockets, clocks, random sources or queues.
        module("Vocabulary"),
        module("Telemetry", ["Vocabulary"]),
        module("PostgresWire", ["Vocabulary"]),
        module("StatementClassifier", ["Vocabulary"]),
        module("Routing", ["Vocabulary", "StatementClassifier"]),
        module("Pooling", ["Vocabulary"]),
        module("Configuration", ["Vocabulary"]),
        module("Authentication", ["Vocabulary", "PostgresWire", "CCrypto"]),
        module(
            "SessionCore",
            [
                "Vocabulary", "PostgresWire", "StatementClassifier", "Routing", "Authentication",
                .product(name: "DequeModule", package: "swift-collections"),
            ]),
        // Above it: everything that touches the world, and decides nothing.
        module("NetworkIO", ["Vocabulary", "CSystem", "COpenSSL"]),
        module(
            "ControlPlane",
            [
                "Vocabulary", "StatementClassifier", "Routing", "Configuration", "CLibpq",
                .product(name: "Logging", package: "swift-log"),
            ]),
        module(
            "ProxyServer",
            [
                "Vocabulary", "Telemetry", "PostgresWire", "StatementClassifier", "Routing",
                "Pooling", "Configuration", "Authentication", "SessionCore", "NetworkIO",
                "ControlPlane", .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "switchyard",
            dependencies: [
                "ProxyServer", "ControlPlane", "NetworkIO", "Vocabulary",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "proxyctl",
            dependencies: [
                "Vocabulary", "Configuration", "ControlPlane", "CLibpq",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
        .target(name: "CSystem"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        tests(of: "Vocabulary"),
        tests(of: "PostgresWire", ["WireFixtures"]),
        tests(of: "StatementClassifier"),
        tests(of: "Routing"),
        tests(of: "Pooling"),
        tests(of: "Configuration"),
        tests(of: "Authentication", ["WireFixtures"]),
        tests(of: "SessionCore", ["WireFixtures", "Pooling"]),
        tests(
            of: "ControlPlane", [.product(name: "Logging", package: "swift-log")]),
        tests(of: "Telemetry"),
        tests(
            of: "ProxyServer",
            [
                "Vocabulary", "Telemetry", "StatementClassifier", "Routing", "Configuration",
                "ControlPlane",
            ]),
        .testTarget(
            name: "ProxyctlTests", dependencies: ["proxyctl", "Configuration"],
            swiftSettings: settings),
        // Messages written as one reads them, for the tests of wire and session.
        .target(
            name: "WireFixtures", dependencies: ["PostgresWire"], path: "Tests/WireFixtures",
            swiftSettings: settings),
        // The rules of the house, held against the tree.
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ] + oracle
)

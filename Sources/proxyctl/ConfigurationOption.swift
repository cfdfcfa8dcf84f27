import ArgumentParser
import Configuration
import ControlPlane
import Glibc

/// Which proxy is meant: the one that runs with this configuration file.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "The configuration file of switchyard.")
    var config: String?

    /// This place, or the one named before the subcommand.
    func or(_ parent: Self) -> Self {
        var place = self
        place.config = config ?? parent.config
        return place
    }

    /// Tried in this order when nothing names a file.
    static let usualPlaces = ["config/switchyard.json", "/etc/switchyard/switchyard.json"]

    /// The file that counts.
    var path: String {
        Self.path(
            option: config, environment: getenv("SWITCHYARD_CONFIG").map { String(cString: $0) },
            exists: { access($0, F_OK) == 0 })
    }

    /// An option beats the environment, which beats the usual places; with none of them there, the
    /// first of these, for its absence to be reported.
    static func path(
        option: String?, environment: String?, exists: (String) -> Bool
    ) -> String {
        if let option { return option }
        if let environment, !environment.isEmpty { return environment }
        return usualPlaces.first(where: exists) ?? usualPlaces[0]
    }

    /// Loads the file; what is wrong with it goes to standard error.
    /// - Throws: the exit code.
    func load() throws -> LoadedConfiguration {
        do throws(ConfigurationFile.Failure) {
            return try ConfigurationFile.load(path)
        } catch {
            complain(error.description)
            throw ExitCode(1)
        }
    }

    /// Where and as whom to log in to the proxy of this file. Secrets that only the proxy can read
    /// are no obstacle.
    /// - Throws: the exit code; a proxy whose whereabouts are unknown is unreachable.
    func target() throws -> AdminTarget {
        let configuration: ProxyConfiguration
        do throws(ConfigurationProblems) {
            configuration = try OperatorConfiguration.load(path)
        } catch {
            complain(error.description)
            throw Outcome.unreachable
        }
        guard let target = AdminTarget(configuration) else {
            complain("\(path): admin.users names nobody, so nobody may ask the proxy")
            throw Outcome.unreachable
        }
        return target
    }
}

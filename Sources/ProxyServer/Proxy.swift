import Configuration
import ControlPlane
import Dispatch
import Glibc
import Logging
import NetworkIO
import Synchronization
import Vocabulary

/// The process from outside: what it listens on, the signals it obeys, its end.
package final class Proxy {
    private let control: Control
    private let log: Logger
    private var sockets: [ListeningSocket] = []
    /// Where the other processes of this host bring cancels; open to the very end.
    private var siblings: Listener?
    private var signals: [any DispatchSourceSignal] = []

    /// - Parameter path: of the configuration file, read again by a reload.
    /// - Throws: which file of TLS cannot be used, and why.
    package init(_ loaded: LoadedConfiguration, path: String) throws(TLSFailure) {
        let configuration = loaded.configuration
        let tls = try TLSContexts(configuration)
        log = Logger(label: "switchyard") { _ in
            LogOutput(level: configuration.logLevel, format: configuration.logFormat)
        }
        for warning in loaded.warnings { log.warning("\(warning)") }
        for warning in tls.warnings { log.warning("\(warning)") }
        control = Control(configuration, tls: tls, path: path, log: log)
    }

    /// Starts everything and returns; `ended` is called when a signal has ended it.
    package func start(ended: @escaping @Sendable () -> Void) throws(Listener.Failure) {
        signal(SIGPIPE, SIG_IGN)
        if !control.settings.configuration.coreDumps { Memory.conceal() }
        // Before anybody can see that it runs: by itself, the signal ends a process.
        obey(SIGHUP) { proxy in proxy.control.reload() }
        let files = OpenFiles.raise()
        try takePlace()
        let listen = control.settings.configuration.listen
        sockets = try ListeningSocket.tcp(
            host: listen.host, port: listen.port, isShared: listen.reusePort)
        if let folder = listen.unixSocketDirectory {
            sockets.append(
                try ListeningSocket.unix(
                    folder: folder, port: listen.port, isShared: listen.reusePort))
        }
        control.startWorkers()
        for socket in sockets { try control.shared.listen(on: socket) }
        control.startMonitors()
        obey(SIGTERM) { proxy in proxy.drain(ended) }
        obey(SIGINT) { proxy in proxy.drain(ended) }
        log.info(
            "ready",
            metadata: [
                "version": "\(switchyardVersion)", "listen": "\(listen.host):\(listen.port)",
                "workers": "\(control.shared.mailboxes.count)", "openFiles": "\(files)",
                "process": "\(control.shared.cancels.place.process)",
            ])
    }

    /// Finds a number for this process among its siblings, so that they find it.
    private func takePlace() throws(Listener.Failure) {
        let peers = control.settings.configuration.peers
        let shared = control.shared
        var process = 0
        if let folder = peers.directory {
            (process, siblings) = try SiblingSocket.claim(
                folder: folder, numbers: SessionNumber.places
            ) { shared.acceptedSibling($0) }
        }
        shared.cancels.place = ProcessPlace(host: UInt8(peers.id), process: UInt8(process))
    }

    private func obey(_ number: Int32, _ action: @escaping (Proxy) -> Void) {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: control.queue)
        source.setEventHandler { [self] in action(self) }
        source.activate()
        signals.append(source)
    }

    private func drain(_ ended: @escaping @Sendable () -> Void) {
        guard !sockets.isEmpty else { return }
        for socket in sockets { socket.removeName() }
        sockets = []
        for mailbox in control.shared.mailboxes { mailbox.post(.stopListening) }
        control.drain { [siblings] in
            siblings?.close()
            ended()
        }
    }
}

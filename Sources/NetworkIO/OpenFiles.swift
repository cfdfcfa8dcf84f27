import CSystem
import Glibc

/// What others may see of this process.
package enum Memory {
    /// Has the system write no core file, and lets no process of the same user look into this one:
    /// passwords and keys are in its memory.
    package static func conceal() { sy_forbid_dumps() }
}

/// What the system gives this process.
package enum OpenFiles {
    /// Raises the limit of open files as far as this process may; returns it.
    package static func raise() -> UInt64 { sy_raise_open_files() }

    /// Processors that are online.
    package static var processors: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

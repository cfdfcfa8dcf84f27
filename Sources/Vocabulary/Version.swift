/// The version of this build, as `switchyard --version` and `SHOW VERSION` tell it.
package let switchyardVersion = "0.1.0"

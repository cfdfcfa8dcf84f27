/// What a database's catalogs hold, as they were read: the input of `CatalogFacts`. Object
/// identifiers are PostgreSQL's own.
package struct CatalogContents: Sendable, Equatable {
    /// A schema.
    package struct Schema: Sendable, Equatable {
        package var oid: UInt32
        package var name: String

        package init(oid: UInt32, name: String) {
            self.oid = oid
            self.name = name
        }
    }

    /// A function, aggregate or window function; procedures are called by CALL alone.
    package struct Function: Sendable, Equatable {
        package var oid: UInt32
        package var schema: UInt32
        package var name: String
        package var isVolatile: Bool
        /// How many arguments a call may have, defaults and VARIADIC counted in.
        package var arguments: ClosedRange<Int>
        /// Its first argument may be a whole row, so that `row.function` calls it.
        package var takesRow: Bool
        /// Its arguments' types, for people.
        package var signature: String

        package init(
            oid: UInt32, schema: UInt32, name: String, isVolatile: Bool,
            arguments: ClosedRange<Int>, takesRow: Bool = false, signature: String = ""
        ) {
            self.oid = oid
            self.schema = schema
            self.name = name
            self.isVolatile = isVolatile
            self.arguments = arguments
            self.takesRow = takesRow
            self.signature = signature
        }
    }

    /// An operator of a user's or an extension's.
    package struct Operator: Sendable, Equatable {
        package var oid: UInt32
        package var schema: UInt32
        package var name: String
        /// One of its operands is of a type of a user's or an extension's.
        package var hasUserOperand: Bool
        /// Its operands' types, for people.
        package var signature: String

        package init(
            oid: UInt32, schema: UInt32, name: String, hasUserOperand: Bool, signature: String = ""
        ) {
            self.oid = oid
            self.schema = schema
            self.name = name
            self.hasUserOperand = hasUserOperand
            self.signature = signature
        }
    }

    /// A relation that may matter, or that may hide one that does.
    package struct Relation: Sendable, Equatable {
        package enum Kind: Sendable, Equatable { case table, view, foreign, sequence }

        package var oid: UInt32
        package var schema: UInt32
        package var name: String
        package var kind: Kind
        package var isUnlogged: Bool

        package init(
            oid: UInt32, schema: UInt32, name: String, kind: Kind, isUnlogged: Bool = false
        ) {
            self.oid = oid
            self.schema = schema
            self.name = name
            self.kind = kind
            self.isUnlogged = isUnlogged
        }
    }

    /// A type that may matter.
    package struct DataType: Sendable, Equatable {
        package var oid: UInt32
        package var schema: UInt32
        package var name: String
        package var isDomain: Bool

        package init(oid: UInt32, schema: UInt32, name: String, isDomain: Bool) {
            self.oid = oid
            self.schema = schema
            self.name = name
            self.isDomain = isDomain
        }
    }

    /// Something that can reach something else.
    package struct Node: Sendable, Hashable {
        package enum Kind: UInt8, Sendable, Hashable {
            case function
            case `operator`
            /// A relation with all that reading it runs.
            case relation
            /// The rows of a relation, those of its partitions and children included.
            case storage
            /// A value is made of this type: its input function, its checks, casts to it.
            case conversion
            /// A value of this type is there: its output function, casts from it, its operators.
            case value
        }

        package var kind: Kind
        package var oid: UInt32

        package init(_ kind: Kind, _ oid: UInt32) {
            self.kind = kind
            self.oid = oid
        }
    }

    /// `from` runs or reads `to`.
    package struct Edge: Sendable, Hashable {
        package var from: Node
        package var to: Node

        package init(_ from: Node, _ to: Node) {
            self.from = from
            self.to = to
        }
    }

    /// An object whose stored expression uses something of PostgreSQL's own.
    package struct Mention: Sendable, Hashable {
        package var from: Node
        /// The function's name.
        package var name: String

        package init(_ from: Node, _ name: String) {
            self.from = from
            self.name = name
        }
    }

    package var schemas: [Schema] = []
    package var functions: [Function] = []
    /// PostgreSQL's own functions, those of one name together.
    package var builtins: [String: Bool] = [:]
    /// Those of PostgreSQL's own functions and views that objects may refer to by number.
    package var builtinNames: [Node: String] = [:]
    package var operators: [Operator] = []
    package var relations: [Relation] = []
    package var types: [DataType] = []
    package var edges: [Edge] = []
    package var mentions: [Mention] = []
    /// Views that lock the rows they read.
    package var lockingViews: [UInt32] = []
    package var paths = DefaultPaths()

    package init() {}

    /// Rows of all kinds, which is what memory depends on.
    package var count: Int {
        functions.count + builtins.count + operators.count + relations.count + types.count
            + edges.count + mentions.count + schemas.count
    }
}

/// What `search_path` a session begins with.
package struct DefaultPaths: Sendable, Equatable {
    /// A value of ALTER ROLE or ALTER DATABASE ... SET search_path.
    package struct Setting: Sendable, Hashable {
        /// nil: of all users of the database.
        package var user: String?
        /// Of this database alone; else of all.
        package var isOfDatabase: Bool
        package var value: String

        package init(user: String?, isOfDatabase: Bool, value: String) {
            self.user = user
            self.isOfDatabase = isOfDatabase
            self.value = value
        }
    }

    /// Of the server; nil: not known.
    package var server: String?
    package var settings: [Setting] = []

    package init() {}

    /// What a session of this user begins with; nil: not known.
    package func path(of user: String) -> String? {
        func find(_ user: String?, _ isOfDatabase: Bool) -> String? {
            settings.first { $0.user == user && $0.isOfDatabase == isOfDatabase }?.value
        }
        return find(user, true) ?? find(user, false) ?? find(nil, true) ?? find(nil, false)
            ?? server
    }
}

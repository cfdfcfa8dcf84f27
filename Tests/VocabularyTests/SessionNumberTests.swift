import Testing

@testable import Vocabulary

@Suite struct SessionNumberTests {
    @Test func aNumberTellsWhoseItIs() {
        for host in SessionNumber.places {
            for process in SessionNumber.places {
                let place = ProcessPlace(host: UInt8(host), process: UInt8(process))
                for serial in [
                    SessionNumber.serials.lowerBound, 77, SessionNumber.serials.upperBound,
                ] {
                    let number = SessionNumber(place, serial: serial)
                    #expect(number.rawValue > 0)
                    #expect(number.place == place)
                }
            }
        }
    }

    @Test func numbersOfDifferentPlacesDiffer() {
        var seen: Set<Int32> = []
        for host in SessionNumber.places {
            for process in SessionNumber.places {
                let place = ProcessPlace(host: UInt8(host), process: UInt8(process))
                #expect(seen.insert(SessionNumber(place, serial: 5).rawValue).inserted)
            }
        }
    }

    @Test func whatWasNeverGivenOutHasNoPlace() {
        for raw in [0, -1, Int32.min] { #expect(SessionNumber(rawValue: raw).place == nil) }
        #expect(SessionNumber(rawValue: .max).place == ProcessPlace(host: 31, process: 31))
    }
}

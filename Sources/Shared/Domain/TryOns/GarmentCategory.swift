/// The part of the body that a garment is worn on.
package enum GarmentCategory: String, Hashable, Sendable, CaseIterable {
    case top, bottom, dress, outerwear, headwear, eyewear, shoes, accessory
}

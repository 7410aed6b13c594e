/// On which part of the body a garment is worn.
package enum GarmentCategory: String, Hashable, Sendable, CaseIterable {
    case top, bottom, dress, outerwear, headwear, eyewear, shoes, accessory
}

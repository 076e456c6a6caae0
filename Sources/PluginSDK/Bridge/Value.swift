package import CPluginABI
package import GraphLanguage

extension Shape {
  /// Reads extents that came over the boundary.
  ///
  /// - Throws: ``PluginError`` if there are too many, one is not positive, or the elements cannot be
  ///   counted.
  package init(
    _ extents: CExtents, rank: UInt32, _ name: String
  ) throws(PluginError) {
    guard rank <= CPT_MAXIMUM_RANK else {
      throw PluginError(
        .invalidArgument, "\(name) has the rank \(rank); at most \(CPT_MAXIMUM_RANK) is allowed")
    }
    let all = [
      extents.0, extents.1, extents.2, extents.3, extents.4, extents.5, extents.6, extents.7,
    ]
    let extents = all.prefix(Int(rank)).map { Int($0) }
    var elementCount = 1
    for extent in extents {
      let (product, overflow) = elementCount.multipliedReportingOverflow(by: extent)
      guard extent >= 1, !overflow else {
        throw PluginError(
          .invalidArgument,
          "\(name) has the extents \(extents); each must be at least 1 and their product an Int")
      }
      elementCount = product
    }
    self.init(extents)
  }

  /// The extents as the C ABI carries them.
  ///
  /// - Throws: ``PluginError`` if there are more than fit.
  package func extents(_ name: String) throws(PluginError) -> CExtents {
    guard rank <= CPT_MAXIMUM_RANK else {
      throw PluginError(
        .unsupported, "\(name) has the rank \(rank); at most \(CPT_MAXIMUM_RANK) is allowed")
    }
    var all = [Int64](repeating: 0, count: Int(CPT_MAXIMUM_RANK))
    for (axis, extent) in extents.enumerated() { all[axis] = Int64(extent) }
    return (all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7])
  }
}

/// The extents of a tensor as the C ABI carries them.
package typealias CExtents = (Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64)

extension Value {
  /// Reads a value that came over the boundary.
  package init(_ value: cpt_value, _ name: String) throws(PluginError) {
    guard let elementType = ElementType(rawValue: value.element_type) else {
      throw PluginError(
        .invalidArgument, "\(name) has the unknown element type \(value.element_type)")
    }
    self.init(
      id: value.id, shape: try Shape(value.extents, rank: value.rank, name),
      elementType: elementType)
  }

  /// The value as the C ABI carries it.
  package func exported(_ name: String) throws(PluginError) -> cpt_value {
    cpt_value(
      id: id, element_type: elementType.rawValue, rank: UInt32(shape.rank),
      extents: try shape.extents(name))
  }
}

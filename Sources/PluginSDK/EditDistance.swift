extension String {
  /// The least number of characters to insert, delete, replace or swap with their neighbour to turn
  /// this text into another.
  ///
  /// It is the Damerau-Levenshtein distance in the form of optimal string alignment: no character is
  /// changed twice.
  package func editDistance(to other: String) -> Int {
    let (source, target) = (Array(self), Array(other))
    var previous = [Int](repeating: 0, count: target.count + 1)
    var current = Array(0...target.count)
    for row in source.indices {
      let beforePrevious = previous
      previous = current
      current[0] = row + 1
      for column in target.indices {
        let isEqual = source[row] == target[column]
        var cost = Swift.min(
          previous[column] + (isEqual ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, source[row] == target[column - 1],
          source[row - 1] == target[column]
        {
          cost = Swift.min(cost, beforePrevious[column - 1] + 1)
        }
        current[column + 1] = cost
      }
    }
    return current[target.count]
  }
}

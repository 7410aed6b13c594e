/// What retention deletes, in this order: nothing is deleted before what refers to it.
enum RetentionKind: String, CaseIterable {
    case attempt, delivery, event, statistic, result, session
}

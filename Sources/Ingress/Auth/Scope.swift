/// A permission of an API key.
enum Scope: String, Hashable, Sendable, CaseIterable {
    case tryonsWrite = "tryons:write"
    case tryonsRead = "tryons:read"
    case customersWrite = "customers:write"
    case customersRead = "customers:read"
    case webhooksWrite = "webhooks:write"
    case webhooksRead = "webhooks:read"
    case eventsWrite = "events:write"
    case creditsRead = "credits:read"
    case usageRead = "usage:read"
    case messagesSend = "messages:send"
    case messagesRead = "messages:read"
    case devicesRead = "devices:read"
    case contactsRead = "contacts:read"
    case all
}

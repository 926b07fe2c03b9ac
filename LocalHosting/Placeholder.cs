namespace HaPgAspire.LocalHosting { internal static class Placeholder3268 { } }
namespace HaPgAspire.LocalHosting.ApplicationModel { internal static class Placeholder7324 { } }
namespace HaPgAspire.LocalHosting.Eventing { internal static class Placeholder10985 { } }
namespace HaPgAspire.LocalHosting.Pipelines { internal static class Placeholder11411 { } }
namespace HaPgAspire.LocalHosting.Publishing { internal static class Placeholder7568 { } }

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Marks a parameter as a resource's name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ResourceNameAttribute : Attribute;

/// <summary>Marks a parameter as an endpoint's name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class EndpointNameAttribute : Attribute;

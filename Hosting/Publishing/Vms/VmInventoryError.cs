namespace HaPgAspire.Hosting.Publishing;

/// <summary>Something wrong in an inventory.</summary>
/// <param name="Path">Where, for example <c>machines[2].address</c>; the keys are those of the YAML file.</param>
/// <param name="Message">What is wrong and how to put it right, as a clause.</param>
public sealed record VmInventoryError(string Path, string Message);

namespace HaPgAspire.Hosting.Publishing;

/// <summary>A file that the installer puts on a machine.</summary>
/// <param name="Path">Where, absolute.</param>
/// <param name="Content">Its text.</param>
/// <param name="Mode">Permissions in octal, four digits.</param>
/// <param name="Group">Its group; the owner is always root, so that no service can change its own configuration.</param>
/// <param name="Effect">What has to happen to which unit when it changes (<c>patroni.service:reload</c>, <c>…:restart</c>), or <c>-</c>.</param>
/// <param name="Early">Whether it has to be there before the packages are installed.</param>
internal sealed record VmMachineFile(string Path, string Content, string Mode = "0644", string Group = "root", string Effect = "-", bool Early = false);

namespace HaPgAspire.LocalHosting;

/// <summary>How OTLP is carried.</summary>
public enum OtlpProtocol
{
    Grpc,
    HttpProtobuf,
    HttpJson,
}

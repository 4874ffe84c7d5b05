import { useQuery } from '@tanstack/react-query';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';
import { graphql, useAsk } from './gateway.ts';
import { platformNames } from './names.ts';
import { Problem } from './problem.tsx';

const tokenWithCode = graphql(`
  query TokenWithCode($id: ID!) {
    enrollmentToken(id: $id) {
      platform
      displayName
      enrollmentLink
      enrollmentQrCode(size: 320)
    }
  }
`);

interface QrDialogProps {
  readonly id: string;
  readonly onClose: () => void;
}

/** The QR code of a token's link. Both are credentials, so they are requested only here and not cached. */
export const QrDialog = ({ id, onClose }: QrDialogProps) => {
  const ask = useAsk();
  const { data, error, refetch } = useQuery({
    queryKey: ['token', id],
    queryFn: async ({ signal }) => (await ask(tokenWithCode, { id }, signal)).enrollmentToken,
    gcTime: 0,
  });
  const link = data?.enrollmentLink;
  const svg = data?.enrollmentQrCode;
  return (
    <Dialog title={data?.displayName ?? 'QR code'} onClose={onClose}>
      {error && <Problem error={error} onRetry={refetch} />}
      {data === null && <p>This token is gone.</p>}
      {data && !link && <p>This token has no link.</p>}
      {data && link && (
        <div className="qr">
          {svg ? (
            <img
              src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
              alt="QR code of the enrollment link"
              width="320"
              height="320"
            />
          ) : (
            <p>This link has no QR code.</p>
          )}
          <p>
            Scan the code, or open the link, on the {platformNames[data.platform]} device that is to
            join.
          </p>
          <CopyButton text={link} />
        </div>
      )}
    </Dialog>
  );
};
